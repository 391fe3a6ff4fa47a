"""Recognise handwritten digits with a small neural network in TensorFlow 1.

This is the program of DigitalOcean's article "How To Build a Neural Network to
Recognize Handwritten Digits with TensorFlow". Its comments name the article's steps.

    python main.py                   train, test, then recognise test_img.png
    python main.py my_7.png --show   the same with your own pictures
"""
# What a tool such as uv installs to run this script. Take uv 0.6.17, the last
# version that offers Python 3.7.
# /// script
# requires-python = "==3.7.*"
# dependencies = ["tensorflow==1.15.5", "numpy==1.18.5",
#                 "Pillow==9.5.0", "protobuf==3.20.3"]
# ///
import argparse
import gc
import glob
import os
import signal
import sys
import tempfile
from numbers import Integral

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')  # hide TensorFlow's notes, and ...
try:
    import numpy as np
    import tensorflow as tf
    from PIL import Image, ImageChops, ImageDraw, ImageOps
    from PIL.ImageFilter import GaussianBlur, MaxFilter, MinFilter
    try:
        from tensorflow.examples.tutorials.mnist import input_data
    except ImportError:  # TensorFlow for Windows keeps it elsewhere
        from tensorflow.contrib.learn.python.learn.datasets import mnist as input_data
except Exception as error:  # a package is missing or broken
    sys.exit('main.py needs Python 3.7 and everything in requirements.txt. This is '
             f'Python {sys.version.split()[0]}, {sys.executable}: {error}')
tf.get_logger().setLevel('ERROR')  # ... its warnings

# Step 3: architecture and hyperparameters. Change a setting and run again.
n_input = 784             # input layer: 28x28 pixels, fixed
n_hidden1 = 512           # units in the 1st hidden layer
n_hidden2 = 256           # units in the 2nd
n_hidden3 = 128           # units in the 3rd
n_output = 10             # output layer: the digits 0 to 9, fixed

learning_rate = 1e-4      # how far a step changes the weights; above 0
n_iterations = 1000       # training steps; 0 or more
batch_size = 128          # examples per step; 1 to 55000
dropout = 0.5             # chance of dropping each unit of the last hidden layer
activation = tf.identity  # of the hidden layers; this is none, try tf.nn.relu

seed = 1                  # repeats a run on the same machine; None: each run differs
data_dir = 'MNIST_data'   # folder with the four data files, beside this script

# The settings end here. Those that would fail late, or in silence, are checked now.
assert learning_rate > 0, 'learning_rate must be a number above 0'
assert isinstance(n_iterations, Integral) and n_iterations >= 0, (
    'n_iterations must be a whole number, 0 or more')
assert isinstance(batch_size, Integral) and 1 <= batch_size <= 55000, (
    'batch_size must be a whole number from 1 to 55000')
assert 0 <= dropout < 1, 'dropout must be a number, at least 0 and below 1'
here = os.path.dirname(__file__)


# Step 2: the data
def read_data():
    """Return MNIST: images [n, 784], from 0, paper, to 1, ink; one-hot labels [n, 10].

    Exit if a file is missing: TensorFlow would try to download it.
    """
    folder = os.path.join(here, data_dir)
    for name in ['train-images-idx3', 'train-labels-idx1',
                 't10k-images-idx3', 't10k-labels-idx1']:
        path = os.path.join(folder, f'{name}-ubyte.gz')
        if not os.path.exists(path):
            sys.exit(f'There is no {path}. Copy the folder MNIST_data from a fresh '
                     'download of this project, or correct data_dir in main.py.')
    return input_data.read_data_sets(folder, one_hot=True, seed=seed)


# Step 4: the TensorFlow graph
tf.reset_default_graph()  # a notebook keeps the graph of an earlier run
tf.set_random_seed(seed)
X = tf.placeholder('float', [None, n_input])
Y = tf.placeholder('float', [None, n_output])
keep_prob = tf.placeholder_with_default(1.0, [])  # 1.0 keeps every unit

weights = {
    'w1': tf.Variable(tf.truncated_normal([n_input, n_hidden1], stddev=0.1)),
    'w2': tf.Variable(tf.truncated_normal([n_hidden1, n_hidden2], stddev=0.1)),
    'w3': tf.Variable(tf.truncated_normal([n_hidden2, n_hidden3], stddev=0.1)),
    'out': tf.Variable(tf.truncated_normal([n_hidden3, n_output], stddev=0.1)),
}
biases = {
    'b1': tf.Variable(tf.constant(0.1, shape=[n_hidden1])),
    'b2': tf.Variable(tf.constant(0.1, shape=[n_hidden2])),
    'b3': tf.Variable(tf.constant(0.1, shape=[n_hidden3])),
    'out': tf.Variable(tf.constant(0.1, shape=[n_output])),
}

# The article has no activation function. Its layers only multiply and add, so that all
# of them together are no more than a linear model; tf.nn.relu changes that.
layer_1 = activation(tf.add(tf.matmul(X, weights['w1']), biases['b1']))
layer_2 = activation(tf.add(tf.matmul(layer_1, weights['w2']), biases['b2']))
layer_3 = activation(tf.add(tf.matmul(layer_2, weights['w3']), biases['b3']))
layer_drop = tf.nn.dropout(layer_3, keep_prob)
# The article multiplies layer_3 here, so its dropout has no effect.
output_layer = tf.matmul(layer_drop, weights['out']) + biases['out']  # the logits

cross_entropy = tf.reduce_mean(
    tf.nn.softmax_cross_entropy_with_logits(labels=Y, logits=output_layer))
train_step = tf.train.AdamOptimizer(learning_rate).minimize(cross_entropy)

# Step 5: training and testing
correct_pred = tf.equal(tf.argmax(output_layer, 1), tf.argmax(Y, 1))
accuracy = tf.reduce_mean(tf.cast(correct_pred, tf.float32))
init = tf.global_variables_initializer()

# Not in the article: the network's certainty, its training curves, and keeping it
probabilities = tf.nn.softmax(output_layer)  # of the ten digits
tf.summary.scalar('loss', cross_entropy)
tf.summary.scalar('accuracy', accuracy)
curves = tf.summary.merge_all()
saver = tf.train.Saver(tf.trainable_variables())
is_stopped = False


def stop(signal_number, frame):
    """Make train() stop after the current step. Python calls this on Ctrl-C."""
    global is_stopped
    is_stopped = True


def record(sess, folder, i, images, labels):
    """Add the loss and the accuracy at step i to the TensorBoard curves in a folder."""
    log = tf.summary.FileWriterCache.get(folder)
    log.add_summary(sess.run(curves, feed_dict={X: images, Y: labels}), i)
    log.flush()


def train(sess, mnist, logdir=None):
    """Train for n_iterations steps, or until Ctrl-C. Record curves in logdir, if given.
    """
    global is_stopped
    is_stopped = False
    # Without stop(), Ctrl-C could interrupt a step, and TensorFlow can hang after that.
    earlier = signal.signal(signal.SIGINT, stop)
    try:
        for i in range(n_iterations):
            if is_stopped:
                print(f'\nStopped at iteration {i}. Testing the network as it is.')
                break
            batch_x, batch_y = mnist.train.next_batch(batch_size)
            # The article feeds dropout itself as keep_prob.
            sess.run(train_step, feed_dict={
                X: batch_x, Y: batch_y, keep_prob: 1 - dropout})

            if i % 100 == 0:
                minibatch_loss, minibatch_accuracy = sess.run(
                    [cross_entropy, accuracy],
                    feed_dict={X: batch_x, Y: batch_y, keep_prob: 1.0})
                print('Iteration', i, '\t| Loss =', minibatch_loss,
                      '\t| Accuracy =', minibatch_accuracy)
                if logdir:
                    record(sess, f'{logdir}/train', i, batch_x, batch_y)
                    record(sess, f'{logdir}/validation', i,
                           mnist.validation.images, mnist.validation.labels)
    finally:
        signal.signal(signal.SIGINT, earlier)


Image.MAX_IMAGE_PIXELS = None  # open_picture() itself refuses too many
LARGEST = 55e6  # pixels


# Your own picture: find the digit and bring it into MNIST's format. The numbers were
# found by trial. MaxFilter(n) gives each pixel the lightest value in the n x n square
# around it, MinFilter(n) the darkest. A mask is white on black; getbbox() is the box
# around its white. contain() scales a picture to fit.
def open_picture(path):
    """Return a picture in grey, upright, within 448x448 pixels."""
    if not os.path.exists(path):
        raise ValueError('there is no such file')
    if os.path.isdir(path):
        raise ValueError('this is a folder; name the pictures in it, as in '
                         + os.path.join(path, '*.png'))
    try:
        img = Image.open(path, formats=['PNG', 'JPEG', 'BMP', 'GIF'])
        pixels = img.width * img.height
        if pixels <= LARGEST:
            img.load()
    except PermissionError:
        raise ValueError('this file may not be read; change its permissions')
    except Exception:
        raise ValueError('this is not a PNG, JPEG, BMP or GIF picture, or it is '
                         'damaged; save it as a PNG (HEIC, WebP and TIFF are not '
                         'supported)')
    if pixels > LARGEST:
        raise ValueError('it has more than 55 million pixels; make it smaller')
    if max(img.size) > 32 * min(img.size):
        raise ValueError('no digit stands out; use a darker pen or crop closer')
    try:
        img = ImageOps.exif_transpose(img)
    except Exception:
        pass  # odd EXIF data: leave the picture as it is
    if img.mode.startswith('I'):  # a 16-bit PNG
        img = Image.fromarray(np.uint8(np.array(img) // 256))
    img = img.convert('RGBA')
    img.thumbnail((448, 448))
    return max(img.split(), key=np.std)  # red, green, blue or opacity


def crop_panel(grey):
    """Crop to the sheet of paper, the slide or the plot in a picture, if it has one."""
    levels = np.array(ImageOps.contain(grey, (64, 64)), float)
    difference = abs(levels - np.median(levels[[0, -1]]))  # from top and bottom rows
    panel = Image.fromarray(difference > 0.7 * difference.max()).convert('L')
    panel = panel.filter(MinFilter(3))  # no thin strokes
    if np.mean(panel) < 0.12 * 255:
        return grey  # too small
    left, top, right, bottom = panel.getbbox()
    margins = [left, top, panel.width - right, panel.height - bottom]
    is_full = np.mean(panel.crop(panel.getbbox())) > 0.6 * 255
    if is_full and margins.count(0) < 2:  # shadows reach more sides
        scale = max(grey.size) / 64
        grey = grey.crop([round(edge * scale) for edge in panel.getbbox()])
    return grey


def outline(part):
    """Return how many white pixels of a mask touch black."""
    return np.count_nonzero(part) - np.count_nonzero(part.filter(MinFilter(3)))


def find_digit(grey, name=None):
    """Return a digit's mask, within 64x64. Given a name, warn of several digits."""
    view = ImageOps.contain(grey, (64, 64)).filter(GaussianBlur(0.6))  # less noise
    view = Image.fromarray(np.pad(view, 16, 'edge'))  # two filters reach 8 + 8
    lightest = view.filter(MaxFilter(17))  # erases dark strokes
    darkest = view.filter(MinFilter(17))
    # Most pixels are paper. Are they nearer the darkest around them than the lightest?
    if 2 * np.mean(view) < np.mean(lightest) + np.mean(darkest):
        view = ImageOps.invert(view)  # ink was light
        lightest = ImageOps.invert(darkest)
    paper = np.array(lightest.filter(MinFilter(17)), float)  # restores shadows
    contrast = (paper - view) / (paper + 16)  # share of light lost; 16 tames noise
    strongest = np.sort(contrast.ravel())[-3]  # a speck or two may be stronger
    ink = contrast > max(0.3 * strongest, 0.01)
    ink[ink.mean(axis=1) > 0.98] = False  # the printed line of a form
    ink = ImageOps.crop(Image.fromarray(ink).convert('L'), 16)
    # Find connected parts. The first is a frame added here, with all that touches it.
    thick = ink.filter(MaxFilter(3))  # close small gaps
    rest = ImageOps.expand(thick, 1, fill=255)
    parts = []
    while rest.getbbox():
        y, x = np.argwhere(rest)[0]
        before = rest.copy()
        ImageDraw.floodfill(rest, (x, y), 0)
        parts.append(ImageOps.crop(ImageChops.difference(before, rest), 1))
    if np.count_nonzero(parts[0]) <= 0.75 * np.count_nonzero(thick):
        parts.pop(0)  # a desk or a finger, unless it is most of the ink
    if not parts:
        raise ValueError('no digit stands out; use a darker pen or crop closer')
    parts.sort(key=outline, reverse=True)  # a blot's outline is shorter
    digit = parts[0]
    several = False
    for part in parts[1:]:
        both = ImageChops.lighter(part, digit)
        is_inside = both.getbbox() == digit.getbbox()
        if is_inside and outline(part) > 0.2 * outline(digit):
            digit = part  # the other is a circle or a box around it
        elif part.crop(digit.getbbox()).getbbox():
            digit = both  # it reaches into digit's box
        elif outline(part) > 0.5 * outline(digit):
            several = True
    tight = digit.crop(digit.getbbox())
    if name and (several or tight.width > 1.5 * tight.height):
        print(f'Warning: {name} may show several digits; crop to one.', file=sys.stderr)
    return ImageChops.darker(digit, ink)  # gaps reopened


def to_mnist(digit):
    """Bring a mask of the digit into MNIST's format, 28x28 (LeCun et al. 1998)."""
    digit = ImageOps.contain(digit.crop(digit.getbbox()), (76, 76))  # 4 times 19
    digit = digit.point(lambda value: 255 * (value > 100))  # black or white again
    digit = ImageOps.expand(digit, 80)  # room for the box below
    stroke = np.count_nonzero(digit) / (outline(digit) / 2)  # area over length
    change = int((9 - stroke) / 2)  # pixels to add on either side
    digit = digit.filter(MaxFilter(1 + 2 * max(change, 0)))
    digit = digit.filter(MinFilter(1 + 2 * max(-change, 0)))
    left, top, right, bottom = digit.getbbox()
    pixel = max(right - left, bottom - top) / 19  # MNIST's 20 did worse
    y, x = np.mean(np.argwhere(digit), axis=0) + 0.5  # centre of mass
    left, top = x - 14.5 * pixel, y - 14.5 * pixel  # it goes to the middle of pixel 14
    box = (left, top, left + 28 * pixel, top + 28 * pixel)
    return digit.resize((28, 28), Image.BILINEAR, box)


def read_image(path):
    """Return a picture's digit in MNIST's format, [784], from 0, paper, to 1, ink.

    Raise ValueError if there is none.
    """
    grey = crop_panel(open_picture(path))
    digit = find_digit(grey, path)
    # Look closer: shift the digit to the middle of a square of paper.
    left, top, right, bottom = np.array(digit.getbbox()) * max(grey.size) / 64
    side = int(1.5 * max(right - left, bottom - top)) + 1  # never 0
    paper = int(np.median(np.array(grey)[:, [0, -1]]))  # at both sides
    square = Image.new('L', (side, side), paper)
    square.paste(grey, (int((side - left - right) / 2), int((side - top - bottom) / 2)))
    return np.array(to_mnist(find_digit(square))).ravel() / 255


def read_pictures(names):
    """Return a path and an image [784] for each picture, or exit if one is no good."""
    pictures = []
    problems = []
    for name in names:
        paths = [name]
        if not os.path.exists(name):  # perhaps a pattern: Windows does not expand *.png
            paths = sorted(glob.glob(name)) or [name]
        for path in paths:
            try:
                pictures.append((path, read_image(path)))
            except ValueError as problem:
                problems.append(f'{path}: {problem}.')
    if problems:
        sys.exit('\n'.join(problems))
    return pictures


def show(image):
    """Print an image [784] as text, in ten shades, each pixel as two characters."""
    for row in image.reshape(28, 28):
        shades = [' .:-=+*#%@'[int(9.9 * pixel)] for pixel in row]
        print(''.join(2 * shade for shade in shades))


# Running it
def parse_arguments():
    """Return the arguments of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('pictures', nargs='*', help='pictures of one digit each')
    parser.add_argument('--show', action='store_true', help='also print each digit as '
                        'the network sees it: 28x28 pixels, as text')
    parser.add_argument('--model', metavar='FILE', help='use the network saved in FILE, '
                        'or train it and save it there if there is none; its layers and '
                        'activation must be those in main.py')
    parser.add_argument('--logdir', metavar='FOLDER', help='record the training for '
                        'TensorBoard in a new FOLDER, which changes the last decimals')
    args = parser.parse_intermixed_args()  # in any order
    if '' in [args.model, args.logdir]:
        parser.error('FILE and FOLDER need a name')
    return args


def make_folder(path):
    """Make a folder if it is not there yet. Exit if no file can be saved in it."""
    try:
        os.makedirs(path, exist_ok=True)
        tempfile.TemporaryFile(dir=path).close()
    except OSError as error:
        sys.exit(f'Cannot save in the folder "{path}" ({error}). Choose another one.')


def load_network(sess, path):
    """Load the network saved at a path. Exit if there is another thing."""
    try:
        saver.restore(sess, path)
    except Exception:
        sys.exit(f'{path} is not a network with the layers of main.py. Choose another '
                 'name, or set the layers as they were when it was trained.')
    print(f'Using the network saved in {path}.')


def main():
    args = parse_arguments()
    pictures = read_pictures(args.pictures or [os.path.join(here, 'test_img.png')])
    is_saved = args.model and (
        os.path.exists(args.model) or os.path.exists(f'{args.model}.index'))
    if args.model and not is_saved:
        make_folder(os.path.dirname(args.model) or '.')
    if args.logdir:
        make_folder(args.logdir)

    mnist = read_data()
    sess = tf.Session()
    sess.run(init)
    if is_saved:
        load_network(sess, args.model)
    else:
        train(sess, mnist, args.logdir)
    test = {X: mnist.test.images, Y: mnist.test.labels, keep_prob: 1.0}
    test_loss, test_accuracy = sess.run([cross_entropy, accuracy], feed_dict=test)
    if not np.isfinite(test_loss):
        sys.exit('The training failed: the loss is not a number. Lower learning_rate.')
    print('\nAccuracy on test set:', test_accuracy)
    if args.model and not is_saved:
        saver.save(sess, args.model, write_meta_graph=False, write_state=False)

    for path, image in pictures:
        if args.show:
            show(image)
        shares = sess.run(probabilities, feed_dict={X: [image]})[0]
        prediction = np.argmax(shares)
        if args.pictures:
            print(f'Prediction for {path}: {prediction} ({max(shares):.0%})')
        else:
            print('Prediction for test image:', prediction)


if __name__ == '__main__':
    # Print each line at once, and ? for what the output cannot show of a file's name.
    sys.stdout.reconfigure(errors='replace', line_buffering=True)
    if hasattr(signal, 'SIGPIPE'):  # not on Windows
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # main.py | head ends quietly
    main()
    gc.freeze()  # Python would take 0.4 s to free TensorFlow's objects: leave them
