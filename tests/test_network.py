"""The graph: its shapes, what it computes, when dropout acts."""
import numpy as np
import pytest

from conftest import add_layer, edited, loaded, started


def shapes(script):
    return {name: weight.shape.as_list() for name, weight in script.weights.items()}


def test_shapes_and_initial_values():
    script, sess = started()
    assert shapes(script) == {
        'w1': [784, 512], 'w2': [512, 256], 'w3': [256, 128], 'out': [128, 10]}
    weights, biases = sess.run([script.weights, script.biases])
    assert [bias.size for bias in biases.values()] == [512, 256, 128, 10]
    for weight in weights.values():
        assert abs(weight).max() <= 0.2  # cut off at two standard deviations
        assert abs(weight.mean()) < 0.01
        assert abs(weight.std() - 0.088) < 0.005  # a normal's 0.1, less its tails
    assert all((bias == np.float32(0.1)).all() for bias in biases.values())


@pytest.mark.parametrize('activation, numpys', [
    ('tf.identity', lambda z: z), ('tf.nn.relu', lambda z: np.maximum(z, 0))])
def test_forward_pass_equals_numpys(mnist, activation, numpys):
    script, sess = started(activation=activation)
    images, labels = mnist.test.images[:100], mnist.test.labels[:100]
    logits, probabilities, loss, accuracy, weights, biases = sess.run(
        [script.output_layer, script.probabilities, script.cross_entropy,
         script.accuracy, script.weights, script.biases],
        feed_dict={script.X: images, script.Y: labels})
    layer = images
    for number in '123':
        layer = numpys(layer @ weights['w' + number] + biases['b' + number])
    expected = layer @ weights['out'] + biases['out']
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-4)
    softmax = np.exp(expected) / np.exp(expected).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(probabilities, softmax, rtol=1e-3, atol=1e-5)
    losses = -np.log((softmax * labels).sum(axis=1))
    np.testing.assert_allclose(loss, losses.mean(), rtol=1e-4)
    right = expected.argmax(axis=1) == labels.argmax(axis=1)
    np.testing.assert_allclose(accuracy, right.mean(), rtol=1e-6)


def test_dropout_acts_on_the_last_hidden_layer(mnist):
    script, sess = started()
    images = {script.X: mnist.test.images[:50]}
    first, again = (sess.run(script.output_layer, feed_dict=images) for _ in range(2))
    assert (first == again).all()  # keep_prob is 1 unless training feeds another
    layer, dropped, output = sess.run(
        [script.layer_3, script.layer_drop, script.output_layer],
        feed_dict={**images, script.keep_prob: 0.8})
    assert 0.15 < (dropped == 0).mean() < 0.25  # 0.8 is the share kept
    kept = dropped != 0
    np.testing.assert_allclose(dropped[kept], layer[kept] / 0.8, rtol=1e-5)
    weights, biases = sess.run([script.weights, script.biases])
    expected = dropped @ weights['out'] + biases['out']
    np.testing.assert_allclose(output, expected, rtol=1e-3, atol=1e-3)


def test_a_layer_more_and_a_layer_less(tmp_path):
    path = edited(tmp_path)
    add_layer(path)
    more = shapes(loaded(path))
    assert more['w4'] == [128, 64] and more['out'] == [64, 10]
    path = edited(tmp_path)
    deleted = 'n_hidden3 =', "    'w3'", "    'b3'", 'layer_3 ='
    lines = path.read_text().splitlines(keepends=True)
    source = ''.join(line for line in lines if not line.startswith(deleted))
    source = source.replace('n_hidden3, n_output', 'n_hidden2, n_output')
    source = source.replace('dropout(layer_3', 'dropout(layer_2')
    path.write_text(source)
    less = shapes(loaded(path))
    assert less == {'w1': [784, 512], 'w2': [512, 256], 'out': [256, 10]}
