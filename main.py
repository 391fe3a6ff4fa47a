"""Recognise handwritten digits with a small neural network in TensorFlow 1.

    python main.py                   train and test it, then read test_img.png
    python main.py my_7.png --show   read your own pictures instead
    python main.py --logdir logs/1   record the training for TensorBoard

The network has three hidden layers: 784-512-256-128-10. TensorFlow 1 first
builds a graph of it, then runs that graph in a session, a minibatch at a time.
"""
import argparse
import collections
import contextlib
import functools
import glob
import gzip
import io
import os
import signal
import sys
import warnings
from numbers import Integral, Real
from types import SimpleNamespace

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')  # TensorFlow reads it when it is imported
if __name__ == '__main__':
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C leaves without a traceback, but for train()
    if hasattr(signal, 'SIGPIPE'):  # not on Windows
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # "| head -1" ends it silently
    if hasattr(sys.stdout, 'reconfigure'):  # neither closed nor a notebook's
        sys.stdout.reconfigure(errors='replace', line_buffering=True)  # any name prints, and at once

try:
    import numpy as np
    import tensorflow as tf
    from PIL import Image, ImageFilter, ImageOps, JpegImagePlugin
    tf.get_logger().setLevel('ERROR')  # no deprecation notices: TensorFlow 1 is what we want
    warnings.filterwarnings('ignore', module='PIL')  # nor Pillow's on odd files
    JpegImagePlugin.JpegImageFile.getexif = lambda img: {}  # Pillow refuses pictures for odd EXIF
    Image.MAX_IMAGE_PIXELS = 27.5e6  # it refuses more than twice as many
    try:
        from tensorflow.examples.tutorials.mnist import input_data
    except ImportError:  # TensorFlow for Windows comes without it
        from tensorflow.contrib.learn.python.learn.datasets import mnist as input_data
except Exception as error:
    sys.exit('main.py needs Python 3.7 and the packages in requirements.txt, see README.md; Python %s says: %s'
             % (sys.version.split()[0], str(error).strip().split('\n')[0].rstrip('.') + '.'))

# ----------------------------------------------------------------------------
# change these numbers and run again
n_input = 784             # pixels of a picture, 28x28
n_hidden1 = 512           # units in the 1st hidden layer, 1 to 10000
n_hidden2 = 256           # units in the 2nd
n_hidden3 = 128           # units in the 3rd
n_output = 10             # one unit for each digit

learning_rate = 1e-4      # size of Adam's steps, above 0
n_iterations = 1000       # training steps, 0 or more
batch_size = 128          # examples in one step, 1 to 55000
dropout = 0.5             # chance that a unit of the last hidden layer sits a step out, 0 to below 1
activation = tf.identity  # applied to each hidden layer; try tf.nn.relu

seed = 1                  # the same number gives the same run; None makes each run differ
data_dir = 'MNIST_data'   # folder of the four data files, seen from this script
# ----------------------------------------------------------------------------

here = os.path.dirname(__file__)


def check_constants():
    """Exit with a sentence on the first constant above that is missing or cannot work."""
    with tf.Graph().as_default(), contextlib.redirect_stdout(io.StringIO()):  # where the activation is tried
        xs = [tf.placeholder(tf.float32, [None, units]) for units in (32, 16)]  # some layers fit one width only
        forms = lambda tensors: [(tensor.dtype, tensor.shape.as_list()) for tensor in tensors]
        for names, kind, works, allowed in (
                ('n_input', Integral, lambda n: n == 784, '784, the pixels of a 28x28 picture'),
                ('n_hidden1 n_hidden2 n_hidden3', Integral, lambda n: 0 < n <= 10000, 'a whole number, 1 to 10000'),
                ('n_output', Integral, lambda n: n == 10, '10, one unit for each digit'),
                ('learning_rate', Real, lambda r: 1e-37 <= r <= 1e37, 'a number above 0, 1e-37 to 1e37'),
                ('batch_size', Integral, lambda n: 0 < n <= 55000, 'a whole number, 1 to 55000'),
                ('n_iterations', Integral, lambda n: n >= 0, 'a whole number, 0 or more'),
                ('dropout', Real, lambda p: 0 <= p < 1, 'a number from 0 to below 1'),
                ('activation', object, lambda f: forms(map(f, xs)) == forms(xs), 'a function such as tf.nn.relu'),
                ('seed', (Integral, type(None)), lambda n: not n or 0 < n < 2**32, 'None or a whole number < 2**32'),
                ('data_dir', str, len, 'the name of a folder, in quotes')):
            for name in names.split():
                value = globals().get(name, ...)  # ... if missing, which nothing allows
                with contextlib.suppress(Exception, SystemExit):  # whatever the activation raises
                    if isinstance(value, kind) and not isinstance(value, bool) and works(value):
                        continue
                problem = 'is missing at the top of main.py' if value is ... else '= %r cannot work' % (value,)
                sys.exit('%s %s: make it %s.' % (name, problem, allowed))


# read data
def read_data():
    """Return MNIST's train, validation and test sets: images [n, 784], 0 to 255, and one-hot labels [n, 10]."""
    folder = os.path.join(here, data_dir)
    remedy = '"git checkout -- MNIST_data" brings it back' if data_dir == 'MNIST_data' else 'let data_dir name another'
    for name, shape, least in (('train-images-idx3', (28, 28), 5001), ('train-labels-idx1', (), 5001),
                               ('t10k-images-idx3', (28, 28), 1), ('t10k-labels-idx1', (), 1)):
        path = os.path.join(folder, name + '-ubyte.gz')
        try:
            with gzip.open(path) as f:  # to its checksum, which read_data_sets skips, but no more than 5 times MNIST
                header, body = f.read(8 + 4 * len(shape)), f.read(2**28)
            count = len(body) // (784 if shape else 1)
            n_images = count if shape else n_images  # labels come after their pictures
            stated = np.array((2049 + len(shape), count) + shape, '>u4').tobytes()
            if header != stated or not least <= count == n_images or not shape and max(body) > 9:
                kind = 'pictures of 28x28 pixels' if shape else 'labels from 0 to 9, one for each picture'
                raise ValueError('it must hold %d or more %s' % (least, kind))
        except Exception as error:
            reason = getattr(error, 'strerror', None) or error
            sys.exit('%s is missing, damaged or not MNIST (%s): %s.' % (path, reason, remedy))
    return input_data.read_data_sets(folder, one_hot=True, dtype=tf.uint8, seed=seed)


# network
Network = collections.namedtuple('Network', 'X Y keep_prob output_layer cross_entropy train_step accuracy')


def build_network():
    """Add network, loss, optimiser and accuracy to the graph; return the tensors that a session feeds and fetches."""
    X = tf.placeholder(tf.uint8, [None, n_input], name='X')
    Y = tf.placeholder(tf.float32, [None, n_output], name='Y')
    keep_prob = tf.placeholder_with_default(1.0, [], name='keep_prob')  # only training feeds another

    with tf.name_scope('weights'):
        weights = {
            'w1': tf.Variable(tf.truncated_normal([n_input, n_hidden1], stddev=0.1), name='w1'),
            'w2': tf.Variable(tf.truncated_normal([n_hidden1, n_hidden2], stddev=0.1), name='w2'),
            'w3': tf.Variable(tf.truncated_normal([n_hidden2, n_hidden3], stddev=0.1), name='w3'),
            'out': tf.Variable(tf.truncated_normal([n_hidden3, n_output], stddev=0.1), name='out'),
        }
    with tf.name_scope('biases'):
        biases = {
            'b1': tf.Variable(tf.constant(0.1, shape=[n_hidden1]), name='b1'),
            'b2': tf.Variable(tf.constant(0.1, shape=[n_hidden2]), name='b2'),
            'b3': tf.Variable(tf.constant(0.1, shape=[n_hidden3]), name='b3'),
            'out': tf.Variable(tf.constant(0.1, shape=[n_output]), name='out'),
        }

    pixels = tf.cast(X, tf.float32) / 255  # 0 to 1, for MNIST and for pictures alike
    with tf.name_scope('layer_1'):
        layer_1 = activation(tf.add(tf.matmul(pixels, weights['w1']), biases['b1']))
    with tf.name_scope('layer_2'):
        layer_2 = activation(tf.add(tf.matmul(layer_1, weights['w2']), biases['b2']))
    with tf.name_scope('layer_3'):
        layer_3 = activation(tf.add(tf.matmul(layer_2, weights['w3']), biases['b3']))
    layer_drop = tf.nn.dropout(layer_3, keep_prob, name='layer_drop')
    output_layer = tf.add(tf.matmul(layer_drop, weights['out']), biases['out'], name='output_layer')  # logits

    with tf.name_scope('cross_entropy'):
        cross_entropy = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=Y, logits=output_layer))
    with tf.name_scope('train_step'):
        train_step = tf.train.AdamOptimizer(float(learning_rate)).minimize(cross_entropy)
    correct_pred = tf.equal(tf.argmax(output_layer, 1), tf.argmax(Y, 1))
    accuracy = tf.reduce_mean(tf.cast(correct_pred, tf.float32), name='accuracy')
    return Network(X, Y, keep_prob, output_layer, cross_entropy, train_step, accuracy)


# training
def train(sess, network, mnist, logdir=None):
    """Train for n_iterations, or until Ctrl-C or a loss that is no number; print, and record in logdir, every 100th."""
    X, Y, keep_prob = network.X, network.Y, network.keep_prob
    writers = []
    if logdir is not None:
        os.makedirs(logdir)  # a new one, lest two runs mix
        with tf.name_scope('summaries'):
            merged = tf.summary.merge([tf.summary.scalar('loss', network.cross_entropy),
                                       tf.summary.scalar('accuracy', network.accuracy)])
        writers = [tf.summary.FileWriter(os.path.join(logdir, part), sess.graph, flush_secs=5)
                   for part in ('train', 'validation')]

    interrupted = []  # looked at between steps: an exception raised inside sess.run could leave the session locked
    before = signal.signal(signal.SIGINT, lambda *_: interrupted.append(True))
    for i in range(n_iterations):
        if interrupted:
            print('\nStopped at iteration %d: testing what it has learned so far.' % i)
            break
        batch_x, batch_y = mnist.train.next_batch(batch_size)
        sess.run(network.train_step, feed_dict={X: batch_x, Y: batch_y, keep_prob: 1 - dropout})
        if i % 100 == 0:
            minibatch_loss, minibatch_accuracy = sess.run(
                [network.cross_entropy, network.accuracy], feed_dict={X: batch_x, Y: batch_y})
            print('Iteration', i, '\t| Loss =', minibatch_loss, '\t| Accuracy =', minibatch_accuracy)
            validation = (mnist.validation.images, mnist.validation.labels)
            for writer, (x, y) in zip(writers, ((batch_x, batch_y), validation)):
                writer.add_summary(sess.run(merged, feed_dict={X: x, Y: y}), i)
            if not np.isfinite(minibatch_loss):
                break
    signal.signal(signal.SIGINT, before)
    for writer in writers:
        writer.close()


# own picture: any picture in, MNIST's form out; its numbers were found by trial on pictures of many kinds
def open_picture(path):
    """Return the picture at path in grey, upright, at most 1000 pixels long; ValueError says what is wrong."""
    turns = {2: Image.FLIP_LEFT_RIGHT, 3: Image.ROTATE_180, 4: Image.FLIP_TOP_BOTTOM, 5: Image.TRANSPOSE,
             6: Image.ROTATE_270, 7: Image.TRANSVERSE, 8: Image.ROTATE_90}  # what each EXIF orientation asks for
    try:
        if os.stat(path) and not os.path.isfile(path):  # stat says why not; a pipe may have no end
            raise OSError(None, 'it is not a file')
        img = Image.open(path, formats=('PNG', 'JPEG', 'BMP', 'GIF'))
        img = img.convert('F' if img.mode[0] == 'I' else 'RGBA')
    except Exception as error:  # the system's, in its words, or one of Pillow's many
        reason = getattr(error, 'strerror', None) or 'it is damaged or no PNG, JPEG, BMP or GIF of up to 55 megapixels'
        raise ValueError('%s; check its name, or save it anew as PNG' % reason)
    img.thumbnail((1000, 1000))
    with contextlib.suppress(Exception):  # what was converted has a getexif again; odd EXIF or none turns nothing
        img = img.transpose(turns[img.getexif()[0x112]])
    if img.mode == 'F':  # 16 bits to a pixel: stretch what they span over 8
        img = Image.fromarray(np.uint8(np.interp(img, img.getextrema(), (0, 255)))).convert('RGBA')
    grey, (*colours, alpha) = img.convert('L'), img.split()  # ink and paper may be of one grey
    grey = max(grey, *colours, key=lambda channel: np.std(channel) * (3 if channel is grey else 1))
    if alpha.getbbox():  # what is transparent everywhere is shown all the same
        paper = 255 if np.average(grey, weights=alpha) < 128 else 0  # white behind dark ink, black behind light
        grey = Image.composite(grey, Image.new('L', grey.size, paper), alpha)
    return grey


def look(grey):
    """Return a view of the picture, scaled to 112 pixels along its longer side: uint8 [height, width]."""
    return np.asarray(grey.resize(np.maximum(8, 112 * np.array(grey.size) // max(grey.size)), Image.BICUBIC))


def surroundings(view, extreme, reach=16):
    """Return the extreme, np.maximum or np.minimum, of the square of pixels up to reach away from each."""
    view = np.pad(view, reach, 'edge')
    for _ in range(2):  # down the columns, then along the rows
        view = functools.reduce(extreme, [view[i:len(view) - 2 * reach + i] for i in range(2 * reach + 1)]).T
    return view


def crop_panel(grey):
    """Return the sheet, the slide or the plot that the picture shows, or else the picture as it is."""
    contrast = abs(look(grey) - np.median(np.asarray(grey)[[0, -1]]))  # to the upper and lower edge
    panel = surroundings(contrast > 0.6 * contrast.max(), np.minimum, 2)  # strokes are too thin for it
    box = np.divide(Image.fromarray(panel).getbbox() or (0, 0, 1, 1), 2 * contrast.shape[::-1])  # as shares of a side
    if panel.mean() > max(0.2, 0.6 * np.prod(box[2:] - box[:2])) and np.sort(abs(box - (0, 0, 1, 1)))[1] > 0.025:
        return grey.crop(box * (2 * grey.size))  # it has the picture's edge on one side at most
    return grey


def find_digit(view):
    """Return where the digit is in a view, dark on light: booleans [height, width]; and the parts like it beside it."""
    paper = surroundings(surroundings(view, np.maximum), np.minimum)  # the grey closing: strokes are too thin for it
    contrast = 1 - (view + 16.) / (paper + 16.)  # a ratio, since a shadow dims ink and paper alike
    peak = np.sort(contrast, axis=None)[-3]  # the 3rd, lest a speck sets the scale
    if peak < 0.03:
        raise ValueError('it is blank, or no digit stands out from its paper; draw one that does')
    ink = contrast > 0.35 * peak
    thick = surroundings(ink, np.maximum, 1)  # small gaps close
    outline = thick > surroundings(thick, np.minimum, 1)
    labels, spread, parts = None, thick * np.arange(thick.size).reshape(thick.shape), []
    while np.any(labels != spread):  # until the largest number in each connected part is all over it
        labels, spread = spread, thick * np.take(spread, surroundings(spread, np.maximum, 1))
    for pixels in [labels == label for label in np.unique(labels[thick])]:
        sides = pixels.any(axis=1), pixels.any(axis=0)  # the rows and the columns it spans
        parts.append(SimpleNamespace(pixels=pixels, box=np.outer(*sides), size=max(map(sum, sides)),
                                     outline=outline[pixels].sum(), cut=any(side[0] or side[-1] for side in sides)))
    strokes = [frame for frame in parts if not any(  # but no frame, and no circle around the digit
        0.4 * frame.size < part.size < frame.size and np.all(part.box <= frame.box) for part in parts)]
    digit = max(strokes, key=lambda part: part.outline / (3 if part.cut else 1))  # a blot or a finger has less of it
    beside = [part for part in strokes if part.box[digit.box.any(axis=1)].any() and not part.pixels[digit.box].any()
              and not part.cut and part.size > 0.6 * digit.size and part.outline > 0.4 * digit.outline]
    return ink & np.any([part.pixels for part in strokes if part.pixels[digit.box].any() and (digit.cut or not part.cut)
                         and part.size >= 0.2 * digit.size], axis=0), beside


def read_image(path):
    """Return the digit in a picture in MNIST's form (LeCun et al. 1998), uint8 [784]; ValueError says what is wrong."""
    grey = crop_panel(open_picture(path))
    view = look(grey)
    place = 2. * view - surroundings(view, np.maximum) - surroundings(view, np.minimum)  # above 0: nearer the lightest
    edges = np.concatenate([place[[0, -1]], place[:, [0, -1]]], axis=None)  # where a tight crop still shows paper
    if np.mean(place) + 0.5 * np.percentile(edges, 60) < 0:
        grey, view = ImageOps.invert(grey), 255 - view  # light ink
    digit, beside = find_digit(view)
    if beside:
        print('%s: one of several digits is read; cut out the one you mean.' % path, file=sys.stderr)
    box = np.multiply(Image.fromarray(digit).getbbox(), max(grey.size) / 112)
    side = int(np.ceil(1.4 * max(box[2:] - box[:2])))  # of the digit's surroundings, for a closer look
    close = Image.new('L', (side, side), int(np.percentile(view, 70)))  # the paper goes on beyond the picture's edge
    close.paste(grey, tuple(int(offset) for offset in (side - box[:2] - box[2:]) / 2))
    digit, _ = find_digit(look(close.filter(ImageFilter.GaussianBlur(side / 110))))  # grain and thin lines fade

    # MNIST's form: a box of 20 pixels (people's own are read best in 19), strokes 2 to 3 wide, centred by mass
    longer = np.ptp(np.nonzero(digit), axis=1).max() + 1
    stroke = 2 * digit.sum() / (digit.sum() - surroundings(digit, np.minimum, 1).sum())  # its mean width
    growth = int(round((np.clip(stroke, 2 * longer / 19, max(1, 2.8 * longer / 19)) - stroke) / 2))  # on either side
    digit = surroundings(np.pad(digit, 112, 'constant'), np.maximum if growth > 0 else np.minimum, abs(growth))
    pixel = (longer + 2 * growth) / 19  # one of MNIST's, in pixels of digit
    start = np.mean(np.nonzero(digit.T), axis=1) + 0.5 - 14.5 * pixel  # the centre of mass goes to (14, 14)
    return np.ravel(Image.fromarray(digit).convert('L').resize((28, 28), Image.BILINEAR, (*start, *start + 28 * pixel)))


# main
def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('pictures', nargs='*', metavar='PICTURE', help='a picture of one digit (default: test_img.png)')
    parser.add_argument('--show', action='store_true', help='print each picture as the network sees it')
    parser.add_argument('--logdir', metavar='DIR', help='record the training for TensorBoard in this new folder')
    args = parser.parse_intermixed_args()
    check_constants()
    pictures = [match for name in args.pictures  # Windows leaves photos/*.jpg to the program
                for match in not os.path.lexists(name) and sorted(glob.glob(name)) or [name]]
    images, problems = [], []
    for picture in pictures or [os.path.join(here, 'test_img.png')]:
        try:
            images.append(read_image(picture))
        except ValueError as problem:
            problems.append('%s: %s.' % (picture, problem))
    if problems:
        sys.exit('\n'.join(problems))

    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(seed)
        mnist = read_data()
        network = build_network()
        sess.run(tf.global_variables_initializer())
        train(sess, network, mnist, args.logdir)

        test_loss, test_accuracy = sess.run([network.cross_entropy, network.accuracy],
                                            feed_dict={network.X: mnist.test.images, network.Y: mnist.test.labels})
        if not np.isfinite(test_loss):
            sys.exit('The training diverged (loss %s): try a smaller learning_rate or another activation.' % test_loss)
        print('\nAccuracy on test set:', round(float(test_accuracy), 4))
        probabilities = sess.run(tf.nn.softmax(network.output_layer), feed_dict={network.X: images})
    for name, image, shares in zip(pictures or ['test image'], images, probabilities):
        if args.show:
            for row in image.reshape(28, 28):
                print(''.join(2 * ' .:-=+*#%@'[pixel // 26] for pixel in row))
        percent = ' (%.0f%%)' % (100 * shares.max()) if pictures else ''
        print('Prediction for %s: %d%s' % (name, np.argmax(shares), percent))


if __name__ == '__main__':
    try:
        main()
    except OSError as error:
        sys.stdout = None  # lest Python writes the rest of it on its way out
        name = 'The output' if error.filename is None else repr(error.filename)
        sys.exit('%s cannot be written (%s): choose another place.' % (name, error.strerror))
