"""Recognise handwritten digits with a small neural network in TensorFlow 1.

    python main.py                   train and test it, then recognise test_img.png
    python main.py my_7.png --show   the same with your own pictures
"""
# This block tells tools such as uv what to install:
# /// script
# requires-python = "==3.7.*"
# dependencies = ["tensorflow==1.15.5", "numpy==1.18.5",
#                 "Pillow==9.5.0", "protobuf==3.20.3"]
# ///
import argparse
import gc
import glob
import gzip
import os
import signal
import sys
from numbers import Integral, Real

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')  # hide TensorFlow's notes
try:
    import numpy as np
    import tensorflow as tf
    from PIL import Image, ImageChops, ImageDraw, ImageOps
    from PIL.ImageFilter import GaussianBlur, MaxFilter, MinFilter
    try:
        from tensorflow.examples.tutorials.mnist import input_data
    except ImportError:  # on Windows
        from tensorflow.contrib.learn.python.learn.datasets import mnist as input_data
except Exception as error:  # missing or broken
    sys.exit(f'main.py needs Python 3.7 and everything in requirements.txt: {error}')
tf.get_logger().setLevel('ERROR')  # hide its warnings

# Step 3: architecture and hyperparameters. Change a setting and run again.
n_input = 784             # input layer: 28x28 pixels, fixed
n_hidden1 = 512           # units in the 1st hidden layer, 1 to 10000
n_hidden2 = 256           # units in the 2nd
n_hidden3 = 128           # units in the 3rd
n_output = 10             # output layer: the digits 0 to 9, fixed

learning_rate = 1e-4      # how far a step changes the weights, above 0
n_iterations = 1000       # training steps, 0 or more
batch_size = 128          # examples in a step, 1 to 55000
dropout = 0.5             # chance that a step drops a layer_3 unit, 0 to 0.999
activation = tf.identity  # of the hidden layers; try tf.nn.relu

seed = 1                  # the same seed gives the same run; None: each run differs
data_dir = 'MNIST_data'   # folder of the four data files, relative to this script
# -----
ranges = [('n_input', Integral, 784, 784), ('n_output', Integral, 10, 10),
          ('learning_rate', Real, 1e-12, 1000), ('n_iterations', Integral, 0, 10**9),
          ('batch_size', Integral, 1, 55000), ('dropout', Real, 0, 0.999)]
ranges += [(name, Integral, 1, 10000) for name in dir() if name.startswith('n_hidden')]
if seed is not None:
    ranges.append(('seed', Integral, 0, 2**32 - 1))
for name, kind, lowest, highest in ranges:
    value = globals()[name]
    if not isinstance(value, kind) or not lowest <= value <= highest:
        noun = {Integral: 'whole number', Real: 'number'}[kind]
        sys.exit(f'{name} must be a {noun} from {lowest} to {highest}.')
here = os.path.dirname(__file__)


# Step 2: the data
def read_data():
    """Return MNIST: images are uint8 [n, 784], 255 for ink; labels one-hot [n, 10]."""
    path = os.path.join(here, data_dir)
    try:  # unpacking each file to its end finds damage
        for name in ['train-images-idx3', 'train-labels-idx1',
                     't10k-images-idx3', 't10k-labels-idx1']:
            gzip.open(f'{path}/{name}-ubyte.gz').seek(0, os.SEEK_END)
        mnist = input_data.read_data_sets(path, one_hot=True, dtype=tf.uint8, seed=seed)
        if mnist.train.images.shape[1] != n_input:
            raise ValueError('the images are not 28x28 pixels')
    except Exception as error:
        sys.exit(f'Cannot use the files in {path} ({error}). Copy MNIST_data from a '
                 'fresh download of this project.')
    return mnist


# Step 4: the TensorFlow graph
tf.reset_default_graph()  # start empty, also on a rerun
tf.set_random_seed(seed)
X = tf.placeholder(tf.uint8, [None, n_input])
Y = tf.placeholder(tf.float32, [None, n_output])
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

pixels = tf.cast(X, tf.float32) / 255  # the article scales MNIST but not your picture
# With tf.identity, as in the article, the hidden layers act as a single layer.
layer_1 = activation(tf.add(tf.matmul(pixels, weights['w1']), biases['b1']))
layer_2 = activation(tf.add(tf.matmul(layer_1, weights['w2']), biases['b2']))
layer_3 = activation(tf.add(tf.matmul(layer_2, weights['w3']), biases['b3']))
layer_drop = tf.nn.dropout(layer_3, keep_prob)
# The article uses layer_3 here, so its dropout has no effect.
output_layer = tf.matmul(layer_drop, weights['out']) + biases['out']  # the logits

cross_entropy = tf.reduce_mean(
    tf.nn.softmax_cross_entropy_with_logits(labels=Y, logits=output_layer))
train_step = tf.train.AdamOptimizer(learning_rate).minimize(cross_entropy)

# Step 5: training and testing
correct_pred = tf.equal(tf.argmax(output_layer, 1), tf.argmax(Y, 1))
accuracy = tf.reduce_mean(tf.cast(correct_pred, tf.float32))
probabilities = tf.nn.softmax(output_layer)  # of the ten digits
tf.summary.scalar('loss', cross_entropy)
tf.summary.scalar('accuracy', accuracy)
curves = tf.summary.merge_all()
init = tf.global_variables_initializer()


def stop(signal_number, frame):
    """Let train() end after its step. The next Ctrl-C ends the program."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def train(sess, mnist, logdir=None):
    """Train for n_iterations steps, or until Ctrl-C. Save the curves in logdir."""
    signal.signal(signal.SIGINT, stop)  # ending inside a step can hang TensorFlow
    if logdir:
        train_log = tf.summary.FileWriter(f'{logdir}/train')
        validation_log = tf.summary.FileWriter(f'{logdir}/validation')
    for i in range(n_iterations):
        if signal.getsignal(signal.SIGINT) != stop:  # stop() was called
            print(f'\nStopped at iteration {i}. Testing the network as it is.')
            break
        batch_x, batch_y = mnist.train.next_batch(batch_size)
        # The article feeds dropout itself as keep_prob.
        sess.run(train_step, feed_dict={X: batch_x, Y: batch_y, keep_prob: 1 - dropout})
        if i % 100 == 0:
            minibatch = {X: batch_x, Y: batch_y}
            minibatch_loss, minibatch_accuracy = sess.run(
                [cross_entropy, accuracy], feed_dict=minibatch)
            print('Iteration', i, '\t| Loss =', minibatch_loss,
                  '\t| Accuracy =', minibatch_accuracy)
            if logdir:
                validation = {X: mnist.validation.images, Y: mnist.validation.labels}
                for log, data in (train_log, minibatch), (validation_log, validation):
                    log.add_summary(sess.run(curves, feed_dict=data), i)
                    log.flush()


# Your own picture: find the digit and bring it into MNIST's format. The numbers were
# found by trial. MaxFilter(n) gives each pixel the lightest value in the n x n square
# around it, MinFilter(n) the darkest. A mask is white on black; getbbox() is the box
# around its white. contain() scales a picture to fit.
def open_picture(path):
    """Return a picture in grey, upright, within 448x448 pixels."""
    if not os.path.exists(path):
        raise ValueError('there is no such file')
    try:
        img = Image.open(path, formats=['PNG', 'JPEG', 'BMP', 'GIF'])
        if img.width * img.height > 55e6:
            raise ValueError
        img = ImageOps.exif_transpose(img)
        if img.mode.startswith('I'):  # 16 bits to a pixel
            img = img.point(lambda value: value / 256).convert('L')
        img = img.convert('RGBA')
    except Exception:
        raise ValueError('this is not a PNG, JPEG, BMP or GIF picture of up to 55 '
                         'megapixels, or it is damaged; save it as a PNG')
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
    """Return a picture's digit in MNIST's format, uint8 [784], or raise ValueError."""
    grey = crop_panel(open_picture(path))
    digit = find_digit(grey, path)
    # Look closer: shift the digit to the middle of a square of paper.
    left, top, right, bottom = np.array(digit.getbbox()) * max(grey.size) / 64
    side = int(1.5 * max(right - left, bottom - top)) + 1  # never 0
    paper = int(np.median(np.array(grey)[:, [0, -1]]))  # at both sides
    square = Image.new('L', (side, side), paper)
    square.paste(grey, (int((side - left - right) / 2), int((side - top - bottom) / 2)))
    return np.array(to_mnist(find_digit(square))).ravel()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('pictures', nargs='*', help='pictures of one digit each')
    parser.add_argument('--show', action='store_true', help='print the 28x28 pixels')
    parser.add_argument('--logdir', help='save TensorBoard curves in this new folder')
    args = parser.parse_intermixed_args()  # in any order
    pictures, images, problems = [], [], []
    for name in args.pictures or [os.path.join(here, 'test_img.png')]:
        pictures += sorted(glob.glob(name)) or [name]  # Windows leaves *.png to us
    for picture in pictures:
        try:
            images.append(read_image(picture))
        except ValueError as problem:
            problems.append(f'{picture}: {problem}.')
    if problems:
        sys.exit('\n'.join(problems))

    mnist = read_data()
    with tf.Session() as sess:
        sess.run(init)
        train(sess, mnist, args.logdir)
        test_accuracy = sess.run(
            accuracy, feed_dict={X: mnist.test.images, Y: mnist.test.labels})
        print('\nAccuracy on test set:', test_accuracy)
        predictions = sess.run(probabilities, feed_dict={X: images})

    for picture, image, shares in zip(pictures, images, predictions):
        if args.show:
            for row in image.reshape(28, 28):  # ten shades, each pixel twice
                print(''.join(2 * ' .:-=+*#%@'[pixel // 26] for pixel in row))
        prediction = np.argmax(shares)
        if args.pictures:
            print(f'Prediction for {picture}: {prediction} ({max(shares):.0%})')
        else:
            print('Prediction for test image:', prediction)


if __name__ == '__main__':
    if hasattr(signal, 'SIGPIPE'):  # not on Windows
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # main.py | head ends quietly
    main()
    gc.freeze()  # end at once, not deleting TensorFlow's many objects
