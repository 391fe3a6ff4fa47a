"""Recognise handwritten digits with a small neural network in TensorFlow 1.

    python main.py                   train and test it, then recognise test_img.png
    python main.py my_7.png --show   recognise your own pictures instead
    python main.py --logdir logs/1   save training curves for TensorBoard
"""
# /// script
# requires-python = "==3.7.*"
# dependencies = ["tensorflow==1.15.5", "numpy==1.18.5",
#                 "Pillow==9.5.0", "protobuf==3.20.3"]
# ///
import argparse
import glob
import gzip
import os
import signal
import sys
import warnings
from numbers import Integral, Real

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')  # hide TensorFlow's log messages
try:
    import numpy as np
    import tensorflow as tf
    from PIL import Image, ImageChops, ImageDraw, ImageOps, ImageStat
    from PIL.ImageFilter import GaussianBlur, MaxFilter, MinFilter
    tf.get_logger().setLevel('ERROR')  # hide its deprecation notices as well
    Image.MAX_IMAGE_PIXELS = 27.5e6  # Pillow refuses a picture of twice as many
    try:
        from tensorflow.examples.tutorials.mnist import input_data
    except ImportError:  # TensorFlow for Windows has it elsewhere
        from tensorflow.contrib.learn.python.learn.datasets import mnist as input_data
except Exception as error:  # the wrong Python, or a package is missing or broken
    sys.exit('main.py needs Python 3.7 and the packages in requirements.txt (see '
             'README.md).\nPython %s says: %s' % (sys.version.split()[0], error))

# Step 3: architecture and hyperparameters. Change a setting and run again.
# ----------------------------------------------------------------------------
n_input = 784             # input layer: 28x28 pixels; must stay as it is
n_hidden1 = 512           # units in the 1st hidden layer, 1 to 10000
n_hidden2 = 256           # units in the 2nd hidden layer
n_hidden3 = 128           # units in the 3rd hidden layer
n_output = 10             # output layer: the digits 0 to 9; must stay as it is

learning_rate = 1e-4      # how far a step changes the weights, above 0
n_iterations = 1000       # training steps, 0 or more
batch_size = 128          # training examples in a step, 1 to 55000
dropout = 0.5             # chance that a unit is dropped in a step, 0 to 0.999
activation = tf.identity  # of the hidden layers; try tf.nn.relu

seed = 1                  # the same seed gives the same run; None: each run differs
data_dir = 'MNIST_data'   # folder of the four data files, relative to this script
# ----------------------------------------------------------------------------


def check(name, kind, lowest, highest):
    """Exit with a message unless a setting is a number of this kind and range."""
    value = globals()[name]
    if not isinstance(value, kind) or not lowest <= value <= highest:
        noun = {Integral: 'whole number', Real: 'number'}[kind]
        sys.exit('%s = %r is not valid: use a %s from %s to %s.'
                 % (name, value, noun, lowest, highest))


if n_input != 784 or n_output != 10:
    sys.exit('n_input must be 784, one for each pixel, and n_output 10, one a digit.')
for name in sorted(globals()):
    if name.startswith('n_hidden'):
        check(name, Integral, 1, 10000)
check('learning_rate', Real, 1e-12, 1e12)
check('n_iterations', Integral, 0, 10**12)
check('batch_size', Integral, 1, 55000)
check('dropout', Real, 0, 0.999)
if seed is not None:
    check('seed', Integral, 0, 2**32 - 1)

here = os.path.dirname(__file__)


# Step 2: the data
def read_data():
    """Return MNIST as mnist.train, mnist.validation and mnist.test.

    Images are uint8 [n, 784], 0 for paper to 255 for ink. Labels are one-hot [n, 10]:
    1 at the digit's index, 0 elsewhere.
    """
    folder = path = os.path.join(here, data_dir)
    try:
        for name in ['train-images-idx3', 'train-labels-idx1',
                     't10k-images-idx3', 't10k-labels-idx1']:
            path = os.path.join(folder, name + '-ubyte.gz')
            with gzip.open(path) as file:
                if not file.read():  # to the end, where gzip finds any damage
                    raise ValueError('it is empty')
        path = folder
        mnist = input_data.read_data_sets(
            folder, one_hot=True, dtype=tf.uint8, seed=seed)
        if mnist.train.images.shape[1] != n_input:
            raise ValueError('its pictures are not 28x28 pixels')
    except Exception as error:
        sys.exit('Cannot use %s (%s). Copy MNIST_data from a fresh download of this '
                 'project, or set data_dir to another folder.' % (path, error))
    return mnist


# Step 4: the TensorFlow graph
tf.reset_default_graph()
tf.set_random_seed(seed)

X = tf.placeholder(tf.float32, [None, n_input])
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

# Unlike the article: one scale, 0 to 1, for MNIST and for your own picture. And where
# activation is tf.identity, which changes nothing, the layers add up to one linear map.
pixels = X / 255
layer_1 = activation(tf.add(tf.matmul(pixels, weights['w1']), biases['b1']))
layer_2 = activation(tf.add(tf.matmul(layer_1, weights['w2']), biases['b2']))
layer_3 = activation(tf.add(tf.matmul(layer_2, weights['w3']), biases['b3']))
layer_drop = tf.nn.dropout(layer_3, keep_prob)
# The article multiplies layer_3 here, which leaves dropout without effect.
output_layer = tf.matmul(layer_drop, weights['out']) + biases['out']

cross_entropy = tf.reduce_mean(
    tf.nn.softmax_cross_entropy_with_logits(labels=Y, logits=output_layer))
train_step = tf.train.AdamOptimizer(learning_rate).minimize(cross_entropy)

# Step 5: training and testing
correct_pred = tf.equal(tf.argmax(output_layer, 1), tf.argmax(Y, 1))
accuracy = tf.reduce_mean(tf.cast(correct_pred, tf.float32))
probabilities = tf.nn.softmax(output_layer)  # of the ten digits
curves = tf.summary.merge([tf.summary.scalar('loss', cross_entropy),
                           tf.summary.scalar('accuracy', accuracy)])
init = tf.global_variables_initializer()
stopped = False


def stop(signal_number, frame):
    """End training after the current step; a second Ctrl-C ends the program."""
    global stopped
    stopped = True
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def train(sess, mnist, logdir=None):
    """Train for n_iterations steps, or until Ctrl-C.

    Every 100 steps print the minibatch's loss and accuracy; given logdir, save them
    and those of the validation set there.
    """
    global stopped
    stopped = False
    signal.signal(signal.SIGINT, stop)  # to end it inside a step can hang TensorFlow
    if logdir:
        train_log = tf.summary.FileWriter(os.path.join(logdir, 'train'), sess.graph)
        validation_log = tf.summary.FileWriter(os.path.join(logdir, 'validation'))

    for i in range(n_iterations):
        if stopped:
            print('\nStopped at iteration %d. Testing the network as it is.' % i)
            break
        batch_x, batch_y = mnist.train.next_batch(batch_size)
        sess.run(train_step, feed_dict={
            X: batch_x, Y: batch_y, keep_prob: 1 - dropout  # the article feeds dropout
        })
        if i % 100 == 0:
            minibatch = {X: batch_x, Y: batch_y}
            minibatch_loss, minibatch_accuracy = sess.run(
                [cross_entropy, accuracy], feed_dict=minibatch)
            print('Iteration', i, '\t| Loss =', minibatch_loss,
                  '\t| Accuracy =', minibatch_accuracy)
            if logdir:
                validation = {X: mnist.validation.images, Y: mnist.validation.labels}
                train_log.add_summary(sess.run(curves, feed_dict=minibatch), i)
                validation_log.add_summary(sess.run(curves, feed_dict=validation), i)
            if not np.isfinite(minibatch_loss):
                sys.exit('Training diverged: use a smaller learning_rate.')
    if logdir:
        train_log.close()
        validation_log.close()



# Your own picture: find the digit and bring it into MNIST's format. The numbers were
# found by trial. MaxFilter(n) gives each pixel the lightest value in the n x n square
# around it, MinFilter(n) the darkest. A mask is 255 where something is, 0 elsewhere.
NO_DIGIT = 'no digit stands out from the paper; use a darker pen or crop closer'


def open_picture(path):
    """Return a picture in grey, upright, its longer side at most 448 pixels."""
    if not os.path.isfile(path):
        raise ValueError('there is no such file; check its name')
    try:
        img = Image.open(path, formats=['PNG', 'JPEG', 'BMP', 'GIF'])
        img = ImageOps.exif_transpose(img)
        if img.mode.startswith('I'):  # 16 bits to a pixel
            levels = np.interp(img, img.getextrema(), (0, 255))
            img = Image.fromarray(np.uint8(levels))
        img = img.convert('RGBA')
    except Exception:
        raise ValueError('this is not a PNG, JPEG, BMP or GIF picture of up to 55 '
                         'megapixels, or it is damaged; try to save it again as PNG')
    if max(img.size) > 60 * min(img.size):
        raise ValueError(NO_DIGIT)
    img.thumbnail((448, 448))
    channels = img.split()  # red, green, blue and opacity: one shows the ink best
    spreads = [ImageStat.Stat(channel).stddev[0] for channel in channels]
    return channels[np.argmax(spreads)]


def crop_panel(grey):
    """Crop to the sheet of paper, the slide or the plot in a picture, if it has one."""
    view = np.array(ImageOps.contain(grey, (64, 64)), float)
    difference = abs(view - np.median(view[[0, -1]]))  # from the top and bottom rows
    panel = Image.fromarray(np.uint8(255 * (difference > 0.7 * difference.max())))
    panel = panel.filter(MinFilter(3))  # without thin strokes
    area = np.count_nonzero(panel)
    if area < 0.12 * view.size:
        return grey
    left, top, right, bottom = panel.getbbox()
    margins = np.array([left, top, panel.width - right, panel.height - bottom])
    is_full = area > 0.6 * (right - left) * (bottom - top)
    if is_full and np.sum(margins > 1) >= 3:  # else it may be a shadow
        scale = max(grey.size) / 64
        grey = grey.crop([int(round(edge * scale)) for edge in panel.getbbox()])
    return grey


def is_light_on_dark(view):
    """Tell whether ink is lighter than paper, as chalk is: most pixels are paper."""
    lightest = np.array(view.filter(MaxFilter(17)), float)
    darkest = np.array(view.filter(MinFilter(17)), float)
    vote = 2 * np.array(view, float) - lightest - darkest  # above 0: it is paper
    rim = np.concatenate([vote[0], vote[-1], vote[:, 0], vote[:, -1]])
    return vote.mean() + 0.5 * np.percentile(rim, 60) < 0


def find_ink(view):
    """Return a mask of the ink in a picture of 64 pixels, dark on light."""
    wide = Image.fromarray(np.pad(view, 17, 'edge'))
    wide = wide.filter(MaxFilter(17)).filter(MinFilter(17))  # closing: no strokes
    paper = np.array(ImageOps.crop(wide, 17), float)
    contrast = 1 - (np.array(view) + 16.0) / (paper + 16)  # a ratio: shadows dim both
    strongest = np.sort(contrast, axis=None)[-3]  # a speck or two may be stronger
    if strongest < 0.03:
        raise ValueError(NO_DIGIT)
    ink = contrast > 0.3 * strongest
    ink[ink.mean(axis=1) > 0.98] = False  # the printed line of a form
    ink[:, ink.mean(axis=0) > 0.98] = False
    return Image.fromarray(np.uint8(255 * ink))


def outline(part):
    """Return how many pixels of a mask are at its edge."""
    return np.count_nonzero(part) - np.count_nonzero(part.filter(MinFilter(3)))


def connected_parts(ink):
    """Return masks of the ink's connected parts, the longest outline first."""
    thick = ink.filter(MaxFilter(3))  # close small gaps
    framed = ImageOps.expand(thick, 1, fill=255)
    ImageDraw.floodfill(framed, (0, 0), 0)  # drop what the edge cuts: tables, fingers
    rest = ImageOps.crop(framed, 1)
    if np.count_nonzero(rest) < 0.25 * np.count_nonzero(thick):
        rest = thick  # hardly anything is left: the edge cuts the digit itself
    parts = []
    while rest.getbbox():
        y, x = np.argwhere(rest)[0]
        before = rest.copy()
        ImageDraw.floodfill(rest, (x, y), 0)
        parts.append(ImageChops.difference(before, rest))
    if not parts:
        raise ValueError(NO_DIGIT)
    return sorted(parts, key=outline, reverse=True)


def find_digit(parts):
    """Return which part is the digit, or its longest stroke; remove its frame."""
    digit = parts[0]  # a blot has a shorter outline
    for part in parts[1:]:
        is_inside = ImageChops.lighter(part, digit).getbbox() == digit.getbbox()
        if is_inside and outline(part) > 0.2 * outline(digit):
            parts.remove(digit)  # a circle or a box around the digit
            digit = part
    return digit


def add_strokes(digit, parts, box):
    """Return the digit together with its other strokes, which reach into the box."""
    strokes = digit
    for part in parts:
        if part.crop(box).getbbox():
            strokes = ImageChops.lighter(strokes, part)
    return strokes


def to_mnist(digit):
    """Bring a mask of the digit into MNIST's format, 28x28 (LeCun et al. 1998)."""
    digit = ImageOps.contain(digit.crop(digit.getbbox()), (76, 76))  # MNIST's, 4 times
    digit = ImageOps.expand(digit.point(lambda value: 255 * (value > 127)), 80)
    stroke = 2 * np.count_nonzero(digit) / outline(digit)  # mean width
    if stroke < 8:
        digit = digit.filter(MaxFilter(2 * int(round((8 - stroke) / 2)) + 1))
    elif stroke > 10:
        digit = digit.filter(MinFilter(2 * int(round((stroke - 10) / 2)) + 1))
    left, top, right, bottom = digit.getbbox()
    pixel = max(right - left, bottom - top) / 19  # 19 did better than MNIST's own 20
    y, x = np.mean(np.argwhere(digit), axis=0) + 0.5  # centre of mass, for (14, 14)
    box = (x - 14.5 * pixel, y - 14.5 * pixel, x + 13.5 * pixel, y + 13.5 * pixel)
    return digit.resize((28, 28), Image.BILINEAR, box)


def read_image(path):
    """Return the digit in a picture in MNIST's format: uint8 [784].

    Raises ValueError with a message when there is no picture or no digit in it.
    """
    grey = crop_panel(open_picture(path))
    view = ImageOps.contain(grey, (64, 64))
    if is_light_on_dark(view):
        grey = ImageOps.invert(grey)
        view = ImageOps.invert(view)
    ink = find_ink(view)
    parts = connected_parts(ink)
    digit = find_digit(parts)
    digit = add_strokes(digit, parts, digit.getbbox())
    digit = ImageChops.darker(digit, ink)
    left, top, right, bottom = digit.getbbox()
    several = right - left > 1.5 * (bottom - top)  # a row of digits, not told apart
    for part in parts:
        is_apart = not part.crop(digit.getbbox()).getbbox()
        if is_apart and outline(part) > 0.5 * outline(digit):
            several = True
    if several:
        print('Warning: %s seems to show several digits; crop it to the one you mean.'
              % path, file=sys.stderr)

    # Look closer, at a square around the digit. Beyond the picture's edge is paper.
    left, top, right, bottom = np.array(digit.getbbox()) * max(grey.size) / 64
    side = int(1.6 * max(right - left, bottom - top)) + 1
    close = Image.new('L', (side, side), int(np.percentile(view, 70)))
    close.paste(grey, (int((side - left - right) / 2), int((side - top - bottom) / 2)))
    close = close.filter(GaussianBlur(side / 70))  # smooth the grain
    ink = find_ink(ImageOps.contain(close, (64, 64)))
    width = 64 * (right - left) / side
    height = 64 * (bottom - top) / side
    edges = np.array([64 - width, 64 - height, 66 + width, 66 + height]) / 2
    box = [int(edge) for edge in edges]  # where the digit is expected
    parts = connected_parts(ink)
    parts = [part for part in parts if part.crop(box).getbbox()] or parts
    digit = add_strokes(find_digit(parts), parts, box)
    return np.array(to_mnist(ImageChops.darker(digit, ink))).ravel()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('pictures', nargs='*', metavar='PICTURE',
                        help='a picture of one digit (default: test_img.png)')
    parser.add_argument('--show', action='store_true',
                        help='print each picture as the network sees it')
    parser.add_argument('--logdir', metavar='DIR',
                        help='save training curves for TensorBoard in this new folder')
    args = parser.parse_intermixed_args()  # options may stand between pictures

    pictures = []
    for name in args.pictures:
        if os.path.exists(name):
            pictures.append(name)
        else:  # Windows does not expand photos/*.jpg
            pictures.extend(sorted(glob.glob(name)) or [name])
    images = []
    problems = []
    for picture in pictures or [os.path.join(here, 'test_img.png')]:
        try:
            images.append(read_image(picture))
        except ValueError as problem:
            problems.append('%s: %s.' % (picture, problem))
    if problems:
        sys.exit('\n'.join(problems))

    mnist = read_data()
    if args.logdir:
        try:
            os.makedirs(args.logdir)
        except OSError as error:
            sys.exit('Cannot create the folder %s (%s): choose a new one.'
                     % (args.logdir, error.strerror))
    with tf.Session() as sess:
        sess.run(init)
        train(sess, mnist, args.logdir)
        test_accuracy = sess.run(
            accuracy, feed_dict={X: mnist.test.images, Y: mnist.test.labels})
        print('\nAccuracy on test set:', test_accuracy)
        predictions = sess.run(probabilities, feed_dict={X: images})

    for picture, image, shares in zip(pictures or ['test image'], images, predictions):
        if args.show:
            for row in image.reshape(28, 28):
                print(''.join(2 * ' .:-=+*#%@'[pixel // 26] for pixel in row))
        prediction = np.argmax(shares)
        if pictures:
            print('Prediction for %s: %d (%.0f%%)'
                  % (picture, prediction, 100 * shares[prediction]))
        else:
            print('Prediction for test image:', prediction)


if __name__ == '__main__':
    warnings.filterwarnings('ignore', module='PIL')  # no warnings about unusual files
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C quits without a traceback
    if hasattr(signal, 'SIGPIPE'):  # not on Windows
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # "| head" ends it quietly
    if hasattr(sys.stdout, 'reconfigure'):  # print any name, and each line at once
        sys.stdout.reconfigure(errors='replace', line_buffering=True)
    main()
