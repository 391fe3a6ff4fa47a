"""Recognise handwritten digits with a small neural network in TensorFlow 1.

This is the program from DigitalOcean's article "How To Build a Neural Network to
Recognize Handwritten Digits with TensorFlow". The comments name the article's steps.

    python main.py                   train, test, then recognise test_img.png
    python main.py my_7.png --show   recognise your own picture, and show it as text
"""
# What uv installs for this script. Use uv 0.6.17, the last that offers Python 3.7.
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

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')  # TensorFlow shows only errors
try:
    import numpy as np
    import tensorflow as tf
    from PIL import Image, ImageChops, ImageOps, ImageStat
    from PIL.ImageFilter import MaxFilter, MinFilter
    try:
        from tensorflow.examples.tutorials.mnist import input_data
    except ImportError:  # TensorFlow for Windows keeps it elsewhere
        from tensorflow.contrib.learn.python.learn.datasets import mnist as input_data
except Exception as error:  # a package is missing or broken
    sys.exit('main.py needs Python 3.7 and everything in requirements.txt. Python '
             f'{sys.version.split()[0]} ({sys.executable}) reports: {error}')
tf.get_logger().setLevel('ERROR')  # the same for TensorFlow's Python part

# Step 3: architecture and hyperparameters. Change a setting and run again.
n_input = 784             # input layer: 28x28 pixels; do not change
n_hidden1 = 512           # units in the 1st hidden layer
n_hidden2 = 256           # units in the 2nd
n_hidden3 = 128           # units in the 3rd
n_output = 10             # output layer: 0 to 9; do not change

learning_rate = 1e-4      # how much a step changes the weights; above 0
n_iterations = 1000       # training steps; 0 or more
batch_size = 128          # examples per step; 1 to 55000
dropout = 0.5             # chance of dropping each unit of the last hidden layer
activation = tf.identity  # identity means none; try tf.nn.relu
seed = 1                  # same results on one machine; None: new ones in each run
data_dir = 'MNIST_data'   # folder of the four data files, next to this script

# The settings end here. Check some now, not minutes later; np.integer: NumPy's int.
assert learning_rate > 0, 'learning_rate must be a number above 0'
assert isinstance(n_iterations, (int, np.integer)) and n_iterations >= 0, (
    'n_iterations must be a whole number, 0 or more')
assert isinstance(batch_size, (int, np.integer)) and 1 <= batch_size <= 55000, (
    'batch_size must be a whole number, 1 to 55000')
assert 0 <= dropout < 1, 'dropout must be a number, 0 or more and below 1'
here = os.path.dirname(__file__)


# Step 2: the data
def read_data():
    """Return MNIST: images [n, 784], 0 (paper) to 1 (ink); one-hot labels [n, 10]."""
    folder = os.path.join(here, data_dir)
    for name in ['train-images-idx3', 'train-labels-idx1',
                 't10k-images-idx3', 't10k-labels-idx1']:
        path = os.path.join(folder, f'{name}-ubyte.gz')
        if not os.path.exists(path):  # TensorFlow would try to download it
            sys.exit(f'{path} is missing. Copy it from a new download of this project.')
    return input_data.read_data_sets(folder, one_hot=True, seed=seed)  # pixels / 255


# Step 4: the TensorFlow graph
tf.reset_default_graph()  # if an earlier run in this Python has left its graph
tf.set_random_seed(seed)
X = tf.placeholder('float', [None, n_input])
Y = tf.placeholder('float', [None, n_output])
keep_prob = tf.placeholder_with_default(1.0, [])  # the default keeps all units

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

# The article has no activation function. Its layers only multiply and add, so all of
# them together are just a linear model. tf.nn.relu between them changes that.
layer_1 = activation(tf.add(tf.matmul(X, weights['w1']), biases['b1']))
layer_2 = activation(tf.add(tf.matmul(layer_1, weights['w2']), biases['b2']))
layer_3 = activation(tf.add(tf.matmul(layer_2, weights['w3']), biases['b3']))
layer_drop = tf.nn.dropout(layer_3, keep_prob)
# The article has layer_3 here, not layer_drop, so its dropout has no effect.
output_layer = tf.matmul(layer_drop, weights['out']) + biases['out']  # the logits

cross_entropy = tf.reduce_mean(
    tf.nn.softmax_cross_entropy_with_logits(labels=Y, logits=output_layer))
train_step = tf.train.AdamOptimizer(learning_rate).minimize(cross_entropy)

# Step 5: training and testing
correct_pred = tf.equal(tf.argmax(output_layer, 1), tf.argmax(Y, 1))
accuracy = tf.reduce_mean(tf.cast(correct_pred, tf.float32))
init = tf.global_variables_initializer()
# Not in the article: probabilities, training curves, and saving the network
probabilities = tf.nn.softmax(output_layer)  # one for each of the ten digits
tf.summary.scalar('loss', cross_entropy)
tf.summary.scalar('accuracy', accuracy)
curves = tf.summary.merge_all()
saver = tf.train.Saver(tf.trainable_variables())  # weights and biases, not Adam's own


def stop(signal_number, frame):
    """Make train() stop after the current step. Python calls this on Ctrl-C."""
    global is_stopped
    is_stopped = True


def record(sess, folder, i, images, labels):
    """Add the loss and the accuracy at step i to the TensorBoard curves in folder."""
    log = tf.summary.FileWriterCache.get(folder)  # one writer for each folder
    log.add_summary(sess.run(curves, feed_dict={X: images, Y: labels}), i)
    log.flush()


def train(sess, mnist, logdir=None):
    """Train for n_iterations or until Ctrl-C. Record curves in logdir, if given."""
    global is_stopped
    is_stopped = False
    # Without stop(), Ctrl-C could interrupt a step, after which TensorFlow may hang.
    old_handler = signal.signal(signal.SIGINT, stop)
    try:
        for i in range(n_iterations):
            if is_stopped:
                print(f'\nStopped at iteration {i}. Testing the network as it is.')
                break
            batch_x, batch_y = mnist.train.next_batch(batch_size)
            sess.run(train_step, feed_dict={
                X: batch_x, Y: batch_y, keep_prob: 1 - dropout})  # the article: dropout
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
        signal.signal(signal.SIGINT, old_handler)


# Your own picture: find the digit and bring it into MNIST's format, in the stages that
# read_image() calls. A mask marks pixels: 255 (white) is marked, 0 is not; getbbox() is
# the box around its white. MaxFilter(n) sets each pixel to the lightest in the n x n
# square around it, MinFilter(n) to the darkest. Unexplained numbers were tuned.
VIEW = 64  # pixels: longer side of the small view in which the digit is found
WIDE = 25  # pixels of this view, wider than a pen stroke; a filter's size must be odd
Image.MAX_IMAGE_PIXELS = None  # load_picture() has its own limit


def load_picture(path):
    """Load a picture, upright, in red, green, blue and opacity, or raise ValueError."""
    if os.path.isdir(path):
        raise ValueError(f'this is a folder; name the pictures in it: {path}/*.png')
    try:
        img = Image.open(path, formats=['PNG', 'JPEG', 'BMP', 'GIF'])  # the tested ones
        is_huge = img.width * img.height > 55e6  # raised below, outside this try
        if not is_huge:
            img = ImageOps.exif_transpose(img)  # upright, however the camera was held
            if img.mode == 'I':  # a 16-bit grey PNG; convert() would clip it at 255
                img = Image.fromarray(np.uint8(np.array(img) // 256))
            img = img.convert('RGBA')
    except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
        raise ValueError(error.strerror)  # the system's words; other errors have none
    except Exception:
        raise ValueError('this is not a PNG, JPEG, BMP or GIF picture, or is damaged; '
                         'save it as a PNG (HEIC, WebP and TIFF are not supported)')
    if is_huge:  # would take too much memory
        raise ValueError('it has more than 55 megapixels; make it smaller')
    return img


def open_picture(path):
    """Return a picture in grey, upright, within 448x448 pixels: floats, 0 to 255."""
    img = load_picture(path)
    if max(img.size) > 50 * min(img.size):
        raise ValueError('it is only a narrow strip; name a picture of a whole digit')
    img.thumbnail((448, 448))  # larger is slower and changes little
    # Fill what is transparent with the median of the visible colours, mostly paper.
    opacity = img.getchannel('A')
    median = ImageStat.Stat(img, opacity).median  # of all 4 channels, where opacity > 0
    background = Image.new('RGBA', img.size, tuple(median))
    red, green, blue, _ = Image.alpha_composite(background, img).split()

    # Take the channel with the most contrast: in grey, red on green may vanish.
    clearest = max([red, green, blue], key=np.std)
    if np.std(clearest) < 0.06 * np.std(opacity):
        clearest = opacity  # only ink is visible, and the fill has hidden it
    return clearest.convert('F')  # to floats, which resizing does not round


def edge_of(picture):
    """Return the pixels along the four edges of a picture, as an array."""
    pixels = np.array(picture)
    return np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])


def crop_panel(grey):
    """Crop to a sheet on a desk or a plot on a screen: its edge would look like ink."""
    view = ImageOps.contain(grey, (VIEW, VIEW))
    difference = abs(view - np.median(edge_of(view)))  # from the edge; - makes an array
    panel = Image.fromarray(difference > 0.5 * difference.max()).convert('L')
    panel = panel.filter(MinFilter(3))  # removes thin strokes and the panel's own rim
    if np.mean(panel) < 0.07 * 255:
        return grey  # the white is less than 7% of the view: a digit
    box = panel.getbbox()
    left, top, right, bottom = box
    margins = [left, top, panel.width - right, panel.height - bottom]
    if margins.count(0) > 1:
        return grey  # the white reaches two edges of the picture: a shadow or a desk
    if np.mean(panel.crop(box)) < 0.6 * 255:
        return grey  # the white does not fill its box: a bold digit
    if not 0.3 < (right - left) / (bottom - top) < 3.3:
        return grey  # the white is narrow: a bold 1
    return grey.crop([round(side * max(grey.size) / VIEW) for side in box])


def find_ink(grey):
    """Return a picture of the ink alone, as large as grey: floats, 0 for no ink."""
    view = ImageOps.contain(grey, (VIEW, VIEW))
    view = Image.fromarray(np.pad(view, WIDE // 2, 'edge'))  # so edge shadows grow back
    # Most pixels are paper. If they are nearer to the darkest pixels around them than
    # to the lightest, the ink is light, as chalk is: invert the picture.
    lightest = view.filter(MaxFilter(WIDE))
    darkest = view.filter(MinFilter(WIDE))
    if np.mean(view) < (np.mean(lightest) + np.mean(darkest)) / 2:
        grey = Image.fromarray(255 - np.array(grey))
        lightest = Image.fromarray(255 - np.array(darkest))  # the darkest, inverted

    # Find the bare paper by closing: in `lightest` the ink is gone, but shadows have
    # shrunk too; its darkest nearby values let the shadows grow back.
    paper = lightest.filter(MinFilter(WIDE))
    paper = ImageOps.crop(paper, WIDE // 2).resize(grey.size)
    # Paper minus picture, the black-hat, is the ink. Divided by the paper, it is the
    # same in a shadow. Adding 32 reduces noise where paper is nearly black.
    share = np.subtract(paper, grey) / np.add(paper, 32)  # Pillow itself has no - and +
    return Image.fromarray(share.clip(0))


def find_parts(ink):
    """Return the connected parts of an array that is True for ink, each as a mask."""
    # Number the pixels of the ink. Each takes the highest number around it, until all
    # pixels of a part have the same number. Pillow can filter int32.
    numbers = np.cumsum(ink, dtype='int32').reshape(ink.shape) * ink
    while True:
        highest = Image.fromarray(numbers).filter(MaxFilter(3)) * ink  # an array again
        if np.array_equal(highest, numbers):
            break
        numbers = highest
    return [Image.fromarray(numbers == n).convert('L') for n in np.unique(numbers[ink])]


def outline(mask):
    """Return how many white pixels of a mask touch black ones."""
    inner = mask.filter(MinFilter(3))
    return np.count_nonzero(mask) - np.count_nonzero(inner)


def score(part):
    """Return how much a part counts: its outline, not its area, or blots would win."""
    if edge_of(part).any():  # a desk, a finger or, in a tight picture, the digit
        return outline(part) / 10  # wins only if nothing else is large
    return outline(part)


def choose_digit(parts):
    """Return the digit's mask, and whether there seem to be several digits."""
    parts.sort(key=score, reverse=True)
    box = parts[0].getbbox()  # below, lighter() joins two masks: the box must not grow
    large = [part for part in parts if score(part) > 0.1 * score(parts[0])]
    inside = [p for p in large[1:] if ImageChops.lighter(large[0], p).getbbox() == box]
    parts = inside or parts  # if inside: the first was a circle or frame around them
    likely = [part for part in parts if score(part) > 0.29 * score(parts[0])]
    digit = likely[0]
    left, top, right, bottom = digit.getbbox()
    is_wide = right - left > 1.5 * (bottom - top)  # digits that touch each other
    return digit, is_wide or len(likely) > 1


def look_closer(ink, digit):
    """Return the digit's mask, about 80 pixels long; a closer look keeps loops open."""
    stencil = digit.convert('F').resize(ink.size, Image.BILINEAR)  # blurred, unrounded
    closeup = Image.fromarray(ink * (np.array(stencil) > 32))  # no other ink
    closeup = ImageOps.contain(closeup.crop(stencil.getbbox()), (80, 80))
    is_ink = np.array(closeup) >= 0.4 * np.max(closeup)
    return Image.fromarray(is_ink).convert('L')


def to_mnist(digit):
    """Bring a mask about 80 pixels long to MNIST's format: 28x28, ink 255, paper 0.

    There, a digit's longer side is 20 pixels and its strokes are 2 to 3 wide (here 19
    and 2: soft edges add about 1); its centre of mass is in pixel 14, counted from 0.
    """
    digit = ImageOps.expand(digit, 80)  # room to grow and to cut out the square
    # Make the strokes 8.5 pixels wide: 2 when 80 become 19. The outline runs along both
    # sides of a stroke, so half of it is the length; area / length is about the width.
    width = np.count_nonzero(digit) / (outline(digit) / 2)
    change = round((8.5 - width) / 2)  # on each side; below 0: thinner
    digit = digit.filter(MaxFilter(1 + 2 * max(change, 0)))
    digit = digit.filter(MinFilter(1 + 2 * max(-change, 0)))

    # Cut out the 28x28, pixel 14 around the centre of mass; BILINEAR stays in 0 to 255.
    left, top, right, bottom = digit.getbbox()
    pixel = max(right - left, bottom - top) / 19  # the side of a final pixel
    y, x = np.argwhere(digit).mean(axis=0) + 0.5  # row, column; + 0.5: pixel's middle
    square = (x - 14.5 * pixel, y - 14.5 * pixel, x + 13.5 * pixel, y + 13.5 * pixel)
    return digit.convert('F').resize((28, 28), Image.BILINEAR, box=square)


def read_image(path):
    """Return a picture's digit in MNIST's format, [784], 0 (paper) to 1 (ink)."""
    ink = find_ink(crop_panel(open_picture(path)))
    view = np.array(ImageOps.contain(ink, (VIEW, VIEW)))  # quick, and without specks
    is_ink = view > max(0.25 * view.max(), 0.02)  # 0.02: a blank sheet has no ink
    is_ink[is_ink.mean(axis=1) > 0.98] = False  # a ruled line; full columns may be a 1
    if not is_ink.any():
        raise ValueError('no digit stands out; use a darker pen or crop closer to it')
    digit, several = choose_digit(find_parts(is_ink))
    if several:
        print(f'Warning: {path} may show several digits; crop to one.', file=sys.stderr)
    return np.ravel(to_mnist(look_closer(ink, digit))) / 255


def read_pictures(names):
    """Return path and image [784] of each file. Windows leaves *.png to the program."""
    pictures = []
    problems = []
    for name in names:
        paths = glob.glob(glob.escape(name)) or sorted(glob.glob(name)) or [name]
        for path in paths:
            try:
                pictures.append((path, read_image(path)))
            except ValueError as problem:
                problems.append(f'{path}: {problem}.')
    if problems:
        sys.exit('\n'.join(problems))
    return pictures


parser = argparse.ArgumentParser(
    description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument('pictures', nargs='*', help='pictures, each of one digit')
parser.add_argument('--show', action='store_true', help='print what the network sees')
parser.add_argument('--model', metavar='FILE', help='use the network in FILE, or train '
                    'and save it; keep the layers and activation it was trained with')
parser.add_argument('--logdir', metavar='FOLDER', help='record curves for TensorBoard')


def make_folder(path):
    """Make a folder unless it exists. Exit if no file can be saved in it."""
    try:
        os.makedirs(path, exist_ok=True)
        tempfile.TemporaryFile(dir=path).close()
    except OSError as error:
        sys.exit(f'Cannot save anything in the folder {path} ({error}).')


def main():
    args = parser.parse_intermixed_args()  # pictures and options in any order
    pictures = read_pictures(args.pictures or [os.path.join(here, 'test_img.png')])
    is_saved = args.model and os.path.exists(f'{args.model}.index')  # made by save()
    if args.model and not is_saved:
        make_folder(os.path.dirname(args.model) or '.')
    if args.logdir is not None and not is_saved:  # '': make_folder() will refuse it
        make_folder(args.logdir)
    mnist = read_data()
    sess = tf.Session()
    sess.run(init)
    if is_saved:
        try:
            saver.restore(sess, args.model)
        except Exception:
            sys.exit(f'{args.model} is damaged or its layers differ. Use a new name.')
        print(f'Using the network saved in {args.model}.')
    else:
        train(sess, mnist, args.logdir)
    test = {X: mnist.test.images, Y: mnist.test.labels, keep_prob: 1.0}
    test_loss, test_accuracy = sess.run([cross_entropy, accuracy], feed_dict=test)
    if not np.isfinite(test_loss):
        sys.exit('Training failed: the loss is not finite. Use a lower learning_rate.')
    print('\nAccuracy on test set:', test_accuracy)
    for path, image in pictures:
        if args.show:
            for row in image.reshape(28, 28):  # ten shades, 0 to 9; each pixel twice
                print(''.join(2 * ' .:-=+*#%@'[int(9.9 * pixel)] for pixel in row))
        probs = sess.run(probabilities, feed_dict={X: [image]})[0]
        prediction = np.argmax(probs)
        if args.pictures:
            print(f'Prediction for {path}: {prediction} ({max(probs):.0%})')
        else:
            print('Prediction for test image:', prediction)
    if args.model and not is_saved:  # weights and biases only; main.py builds the graph
        saver.save(sess, args.model, write_meta_graph=False, write_state=False)


if __name__ == '__main__':
    # Print each line at once, and ? for characters that the output cannot show.
    sys.stdout.reconfigure(errors='replace', line_buffering=True)
    main()
    gc.freeze()  # else exiting takes 0.4 s longer, cleaning up TensorFlow's objects
