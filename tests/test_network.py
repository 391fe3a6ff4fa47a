"""The graph: its shapes, what it computes, when dropout acts and what the optimiser does."""
import numpy as np
import pytest
import tensorflow as tf

import main

PARAMETERS = 567434  # (784+1)*512 + (512+1)*256 + (256+1)*128 + (128+1)*10
SHAPES = {'w1': (784, 512), 'w2': (512, 256), 'w3': (256, 128), 'out': (128, 10)}


@pytest.fixture
def built():
    """A fresh network in a session of its own."""
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        tf.set_random_seed(0)
        network = main.build_network()
        sess.run(tf.global_variables_initializer())
        yield sess, network, lambda name: sess.run(graph.get_tensor_by_name(name + ':0'))


def test_shapes_and_parameter_count(built):
    sess, network, value = built
    assert sum(np.prod(v.shape.as_list()) for v in tf.trainable_variables()) == PARAMETERS
    assert {name: value('weights/' + name).shape for name in SHAPES} == SHAPES
    assert network.X.shape.as_list() == [None, 784]
    assert network.Y.shape.as_list() == network.output_layer.shape.as_list() == [None, 10]


def test_initial_values(built):
    _, _, value = built
    w1 = value('weights/w1')
    assert abs(w1).max() <= 0.2 and abs(w1.mean()) < 0.001  # cut off at two standard deviations
    assert abs(w1.std() - 0.088) < 0.001  # a normal's 0.1, less its tails
    for name in ('b1', 'b2', 'b3', 'out'):
        assert (value('biases/' + name) == np.float32(0.1)).all()


@pytest.mark.parametrize('activation, numpys', [(tf.identity, lambda z: z), (tf.nn.relu, lambda z: np.maximum(z, 0))])
def test_forward_pass_equals_numpys(mnist, monkeypatch, activation, numpys):
    monkeypatch.setattr(main, 'activation', activation)
    images, labels = mnist.test.images[:100], mnist.test.labels[:100]
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        network = main.build_network()
        sess.run(tf.global_variables_initializer())
        value = lambda name: sess.run(graph.get_tensor_by_name(name + ':0'))
        logits, loss, accuracy = sess.run([network.output_layer, network.cross_entropy, network.accuracy],
                                          feed_dict={network.X: images, network.Y: labels})
        layer = images / 255
        for w, b in (('w1', 'b1'), ('w2', 'b2'), ('w3', 'b3')):
            layer = numpys(layer @ value('weights/' + w) + value('biases/' + b))
        expected = layer @ value('weights/out') + value('biases/out')
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-4)
    softmax = np.exp(expected) / np.exp(expected).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(loss, -np.log((softmax * labels).sum(axis=1)).mean(), rtol=1e-4)
    np.testing.assert_allclose(accuracy, (expected.argmax(1) == labels.argmax(1)).mean(), rtol=1e-6)


def test_dropout_acts_on_the_last_hidden_layer_in_training_only(built, mnist):
    sess, network, _ = built
    images = mnist.test.images[:50]
    read = lambda **feed: sess.run(network.output_layer, feed_dict=dict({network.X: images}, **feed))
    assert (read() == read()).all()
    halved = [sess.run(network.output_layer, feed_dict={network.X: images, network.keep_prob: 0.5}) for _ in range(200)]
    assert (halved[0] != halved[1]).any()
    error = np.std(halved, axis=0) / 200 ** 0.5  # of their mean, which stays, since what is kept is scaled up
    assert (abs(np.mean(halved, axis=0) - read()) < 5 * error).all()

    dropped, kept = sess.run(
        ['layer_drop/mul_1:0', network.output_layer.graph.get_operation_by_name('layer_drop/mul').inputs[0]],
        feed_dict={network.X: images, network.keep_prob: 0.8})  # the chance to stay, not to go
    assert 0.15 < (dropped == 0).mean() < 0.25
    np.testing.assert_allclose(dropped[dropped != 0], kept[dropped != 0] / 0.8, rtol=1e-5)


@pytest.mark.parametrize('rate', [1e-4, 1e-2])
def test_adams_first_step_is_the_learning_rate(mnist, monkeypatch, rate):
    monkeypatch.setattr(main, 'learning_rate', rate)
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        network = main.build_network()
        sess.run(tf.global_variables_initializer())
        out = graph.get_tensor_by_name('weights/out:0')
        before = sess.run(out)
        sess.run(network.train_step, feed_dict={network.X: mnist.test.images[:100], network.Y: mnist.test.labels[:100]})
        step = abs(sess.run(out) - before)
    np.testing.assert_allclose(np.median(step), rate, rtol=0.01)


def test_one_scale_for_mnist_and_for_pictures(mnist):
    image = main.read_image(main.os.path.join(main.here, 'test_img.png'))
    assert image.dtype == mnist.test.images.dtype and image.shape == (784,)
    assert image.max() > 200 and mnist.test.images.max() == 255
