"""Writes models over time that Keras itself saves into a folder, each as .keras and as .h5, with inputs and Keras' outputs for them.
Needs keras; its NumPy backend is enough."""

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


def sequential(*of, steps=9, inputs=3):
    return keras.Sequential([keras.Input((steps, inputs)), *of])


def residual():
    x = keras.Input((None, 4))
    h = layers.LSTM(4, return_sequences=True)(x)
    h = layers.Add()([h, x])
    h = layers.Concatenate()([layers.Dense(2, activation="relu")(h), layers.Dense(3)(h)])
    return keras.Model(x, layers.Dense(1)(layers.LayerNormalization()(h)))


MODELS = {
    "lstm": lambda: sequential(layers.LSTM(20), layers.Dense(2, activation="softmax")),
    "lstm_stream": lambda: sequential(layers.LSTM(5, return_sequences=True), layers.Dropout(0.2), layers.Dense(2), steps=None),
    "gru_reset_after": lambda: sequential(layers.GRU(5, return_sequences=True), layers.TimeDistributed(layers.Dense(2, activation="tanh"))),
    "gru_reset_before": lambda: sequential(layers.GRU(5, reset_after=False, return_sequences=True), layers.GRU(4), steps=None),
    "gru_without_bias": lambda: sequential(layers.GRU(5, use_bias=False), layers.Dense(1)),
    "rnn": lambda: sequential(layers.SimpleRNN(5, activation="relu", return_sequences=True), layers.BatchNormalization(),
                              layers.SimpleRNN(3, use_bias=False), layers.Dense(2)),
    "bidirectional": lambda: sequential(layers.Bidirectional(layers.LSTM(4, return_sequences=True)), layers.Dense(3, activation="elu"),
                                        layers.Bidirectional(layers.GRU(3)), layers.Dense(2)),
    "bidirectional_sum": lambda: sequential(layers.Bidirectional(layers.GRU(4, return_sequences=True), merge_mode="sum"),
                                            layers.Bidirectional(layers.LSTM(4), merge_mode="ave")),
    "backwards": lambda: sequential(layers.LSTM(4, go_backwards=True), layers.Dense(2)),
    "causal": lambda: sequential(layers.Conv1D(4, 3, padding="causal", dilation_rate=2, activation="relu"), layers.BatchNormalization(),
                                 layers.Conv1D(3, 2, padding="causal", dilation_rate=4, use_bias=False), layers.PReLU(shared_axes=[1]),
                                 layers.Dense(1), steps=None),
    "conv_and_cell": lambda: sequential(layers.Normalization(mean=[1, 2, 3], variance=[1, 4, 9]),
                                        layers.Conv1D(8, 5, padding="causal", activation="tanh"), layers.LSTM(6, return_sequences=True),
                                        layers.Flatten(), layers.Dense(2)),
    "last_cropped": lambda: sequential(layers.Bidirectional(layers.GRU(3, return_sequences=True)), layers.Cropping1D((8, 0)),
                                       layers.Flatten(), layers.Dense(2)),
    "cropped": lambda: sequential(layers.LSTM(3, return_sequences=True), layers.Cropping1D((5, 2)), layers.Flatten(), layers.Dense(2)),
    "residual": residual,
    "stateful": lambda: keras.Sequential([keras.Input(batch_shape=(1, 1, 2)), layers.GRU(4, stateful=True, return_sequences=True),
                                          layers.LSTM(3, stateful=True), layers.Dense(1)]),
}
for name, make in MODELS.items():
    keras.utils.set_random_seed(1)
    model = make()
    model.set_weights([np.abs(random.normal(0, 0.5, w.shape)) + 0.5 if "variance" in w.name else random.normal(0, 0.5, w.shape)
                       for w in model.weights])
    _, steps, inputs = model.input_shape
    if name == "stateful":
        x = random.normal(0, 1, (1, 21, inputs)).astype(np.float32)
        y = np.concatenate([np.asarray(model(x[:, t:t + 1])) for t in range(21)], axis=-1)
    else:
        x = random.normal(0, 1, (4, steps or 11, inputs)).astype(np.float32)
        y = np.asarray(model(x))
    np.savez(folder / f"time_{name}.npz", x=x.reshape(len(x), -1).astype(float), y=y.reshape(len(y), -1).astype(float))
    model.save(folder / f"time_{name}.keras")
    model.save(folder / f"time_{name}.h5")

refused = {
    "hard": sequential(layers.LSTM(2, recurrent_activation="hard_sigmoid")),
    "merged": sequential(layers.Bidirectional(layers.LSTM(2), merge_mode="mul")),
    "same": sequential(layers.Conv1D(2, 3, padding="same"), steps=None),
    "repeated": sequential(layers.LSTM(2), layers.RepeatVector(9), layers.LSTM(2)),
    "cropped": sequential(layers.LSTM(2, return_sequences=True), layers.Cropping1D(1), layers.LSTM(2)),
    "stream_backwards": sequential(layers.Bidirectional(layers.GRU(2, return_sequences=True)), steps=None),
}
for name, model in refused.items():
    model.save(folder / f"refused_{name}.keras")
