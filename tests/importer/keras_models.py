"""Writes models that Keras itself saves into a folder, each as .keras and as .h5, with inputs and Keras' outputs for them. Needs
keras; its NumPy backend is enough."""

import os
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "numpy")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import layers

folder = Path(sys.argv[1])
random = np.random.default_rng(3)
keras.utils.set_random_seed(1)


def sequential(*of, shape=(4,)):
    return keras.Sequential([keras.Input(shape), *of])


def activations():
    """Every activation that tenon has, as an argument and as a layer."""
    names = ["relu", "tanh", "sigmoid", "elu", "selu", "gelu", "softplus", "softsign", "silu", "leaky_relu", "hard_sigmoid"]
    inner = [layers.Dense(5, activation=name) for name in names] + [layers.Activation(name) for name in names]
    return sequential(*inner, layers.Dense(3, activation="log_softmax"))


def layer_activations():
    return sequential(layers.Dense(6), layers.LeakyReLU(negative_slope=0.1), layers.Dense(6), layers.ELU(alpha=0.5),
                      layers.Dense(6), layers.ReLU(), layers.Dense(6), layers.ReLU(max_value=6), layers.Dense(6),
                      layers.ReLU(negative_slope=0.2), layers.Dense(6), layers.PReLU(), layers.Dense(3), layers.Softmax())


def normalised():
    adapted = layers.Normalization()
    adapted.adapt(random.normal(3, 2, (50, 4)))
    return sequential(adapted, layers.Dense(6, use_bias=False), layers.BatchNormalization(), layers.Activation("relu"),
                      layers.Dropout(0.3), layers.BatchNormalization(center=False), layers.Dense(6),
                      layers.BatchNormalization(scale=False, epsilon=1e-2), layers.LayerNormalization(),
                      layers.GaussianNoise(0.1), layers.LayerNormalization(center=False, epsilon=1e-5), layers.Dense(2))


def constant_normalisation():
    return sequential(layers.Normalization(mean=[1, 2, 3, 4], variance=[1, 4, 9, 16]), layers.Dense(3),
                      layers.Normalization(mean=2.0, variance=4.0, invert=True))


def images():
    return sequential(layers.Rescaling(1 / 255, offset=-0.5), layers.Permute((3, 1, 2)), layers.Flatten(),
                      layers.Dense(8, activation="relu"), layers.Reshape((2, 4)), layers.Flatten(),
                      layers.Dense(3, activation="softmax"), shape=(3, 2, 2))


def image_batch_norm():
    return sequential(layers.BatchNormalization(), layers.PReLU(shared_axes=[1, 2]), layers.Flatten(), layers.Dense(3),
                      shape=(3, 2, 2))


def nested():
    inner = sequential(layers.Dense(5, activation="tanh"), layers.BatchNormalization(), shape=(6,))
    return sequential(layers.Dense(6), inner, keras.Sequential([keras.Input((5,)), sequential(layers.Dense(4), shape=(5,))]),
                      layers.Dense(3))


def nested_functional():
    x = keras.Input((4,))
    h = layers.Dense(5)(x)
    block_input = keras.Input((5,))
    block = keras.Model(block_input, layers.Add()([block_input, layers.Dense(5, activation="relu")(block_input)]), name="block")
    head = sequential(layers.Dense(4, activation="elu"), layers.Dense(2), shape=(5,))
    return keras.Model(x, head(block(h)))


def functional():
    x = keras.Input((4,))
    a = layers.Dense(5, activation="relu", name="zeta")(x)
    b = layers.Dense(5, name="alpha")(x)
    c = layers.Add()([a, b])
    d = layers.Concatenate()([layers.Dense(3)(c), layers.PReLU()(c), c])
    e = layers.Add()([d, layers.Dense(13, activation="gelu")(d)])
    return keras.Model(x, layers.Dense(2, activation="sigmoid")(e))


def no_input():
    return keras.Sequential([layers.Dense(5, activation="relu"), layers.Dense(2)])


def subtracted():
    x = keras.Input((4,))
    a, b = layers.Dense(3)(x), layers.Dense(3, activation="tanh")(x)
    return keras.Model(x, layers.Dense(2)(layers.Subtract()([a, b])))


def le_net():
    return sequential(layers.Conv2D(4, 5, padding="same", activation="relu"), layers.MaxPooling2D(), layers.Conv2D(6, 3, activation="tanh"),
                      layers.AveragePooling2D(2), layers.Flatten(), layers.Dense(3, activation="softmax"), shape=(12, 10, 2))


def conv_layers():
    """Every layer of images, with all options."""
    return sequential(layers.Rescaling(1 / 4), layers.Conv2D(4, (3, 2), strides=2, padding="same"), layers.BatchNormalization(),
                      layers.PReLU(shared_axes=[1, 2]), layers.ZeroPadding2D(((1, 0), (2, 1))),
                      layers.DepthwiseConv2D((2, 3), depth_multiplier=2, activation="relu"), layers.BatchNormalization(),
                      layers.SeparableConv2D(6, 3, padding="same", dilation_rate=2), layers.Conv2D(4, 3, groups=2, use_bias=False),
                      layers.UpSampling2D((2, 3)), layers.Conv2DTranspose(3, 3, strides=2, padding="same", activation="elu"),
                      layers.UpSampling2D(2, interpolation="bilinear"), layers.MaxPooling2D((3, 2), strides=2, padding="same"),
                      layers.AveragePooling2D(3, strides=2, padding="same"), layers.GlobalAveragePooling2D(), shape=(11, 13, 2))


def transposed():
    return sequential(layers.Conv2DTranspose(3, (2, 4), strides=(3, 2)), layers.Conv2DTranspose(2, 5, strides=(2, 3), padding="same"),
                      layers.Conv2DTranspose(2, 3, padding="same", dilation_rate=2), layers.Flatten(), layers.Dense(2), shape=(3, 4, 2))


def signal():
    return sequential(layers.Conv1D(4, 3, padding="causal", dilation_rate=2, activation="relu"), layers.MaxPooling1D(2),
                      layers.ZeroPadding1D((1, 2)), layers.UpSampling1D(2), layers.Conv1DTranspose(3, 4, strides=2),
                      layers.DepthwiseConv1D(3), layers.AveragePooling1D(3, strides=1, padding="same"), layers.GlobalMaxPooling1D(),
                      layers.Dense(2), shape=(12, 3))


def image_to_image():
    return sequential(layers.Conv2D(4, 3, activation="relu"), layers.Conv2DTranspose(2, 3), shape=(6, 5, 3))


def channels_first():
    x = keras.Input((2, 6, 5))
    h = layers.ZeroPadding2D(1, data_format="channels_first")(x)
    h = layers.UpSampling2D(2, data_format="channels_first")(h)
    return keras.Model(x, layers.Dense(2)(layers.GlobalMaxPooling2D(data_format="channels_first")(h)))


def residual_images():
    x = keras.Input((6, 5, 3))
    h = layers.Conv2D(4, 3, padding="same", use_bias=False)(x)
    h = layers.Activation("relu")(layers.BatchNormalization()(h))
    f = layers.BatchNormalization()(layers.Conv2D(4, 3, padding="same")(h))
    h = layers.Activation("relu")(layers.Add()([h, f]))
    h = layers.Concatenate()([h, layers.Conv2D(2, 1, activation="sigmoid")(h), layers.MaxPooling2D(3, strides=1, padding="same")(h)])
    h = layers.PReLU()(layers.Conv2D(3, 2)(h))
    return keras.Model(x, layers.Dense(3)(layers.Flatten()(layers.Dropout(0.2)(h))))


models = [activations, layer_activations, normalised, constant_normalisation, images, image_batch_norm, nested, nested_functional,
          functional, no_input, subtracted, le_net, conv_layers, transposed, signal, image_to_image,
          channels_first, residual_images]
IMAGES = (le_net, conv_layers, transposed, signal, image_to_image, residual_images)  # whose channels come first among a net's inputs
for make in models:
    model = make()
    name = make.__name__
    shape = model.input_shape[1:] if name != "no_input" else (4,)
    x = random.normal(0, 1, (16, *shape)).astype(np.float32)
    if name == "images":
        x = (x * 100 + 128).astype(np.float32)
    model(x)  # builds what has no Input
    weights = []
    for values in model.weights:
        drawn = random.normal(0, 0.7, values.shape)
        weights.append(np.abs(drawn) + 0.5 if "variance" in values.name else drawn)
    if name != "normalised":
        model.set_weights(weights)
    first = np.moveaxis(x, -1, 1) if make in IMAGES else x
    y = np.asarray(model.predict(x, verbose=0))
    np.savez(folder / f"keras_{name}.npz", x=first, y=np.moveaxis(y, -1, 1) if y.ndim > 2 else y)
    model.save(folder / f"keras_{name}.keras")
    model.save(folder / f"keras_{name}.h5")

# Refused, each with a sentence
x = keras.Input((4,))
twice = layers.Dense(4)
keras.Model(x, twice(twice(x))).save(folder / "refused_shared.keras")
sequential(layers.Masking(), shape=(4, 1)).save(folder / "refused_masking.keras")
sequential(layers.Conv2D(2, 2, activation="softmax"), shape=(4, 4, 1)).save(folder / "refused_softmax.keras")
sequential(layers.Cropping2D(1), shape=(4, 4, 1)).save(folder / "refused_cropping.keras")
keras.Model([x, y := keras.Input((4,))], layers.Add()([x, y])).save(folder / "refused_two_inputs.keras")
