"""Tests of tenon-import, and of to_onnx by onnx and onnxruntime. Prints what fails, and ends with 1 if anything does.

    check.py [WORD]     only the tests whose names contain the word
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

import keras_checks
import models
import nam_checks
import time_checks
from helpers import check, check_equal, check_near, compiled, difference_in, folder, imported, problem_of, python_with, root, run
from tenon_import import formats, header
from tenon_import.errors import ImportProblem
from tenon_import.formats import Options
from tenon_import.layers import Net

def test_onnx_folds() -> None:
    for name, (nodes, shape, tensors, opset, wanted) in (models.folds() | models.images()).items():
        path = models.onnx_model(folder / f"{name}.onnx", nodes, shape, tensors, opset=opset)
        try:
            model = formats.read(path, Options())
            check_equal(header.type_text(model.layers, False, ""), wanted)
            check_equal(model.reference_name, "onnxruntime")
            x = model.samples(16)
            wanted = model.reference(x).reshape(16, -1)
            check_near(Net(model.layers).evaluate(x), wanted, 3e-6 * max(1, float(np.abs(wanted).max())))
        except (AssertionError, ImportProblem) as error:
            raise AssertionError(f"{name}: {error}") from None


def test_onnx_operators_that_are_refused() -> None:
    for name, (nodes, shape, tensors, wanted) in models.refused().items():
        path = folder / f"{name}.onnx"
        graph = onnx.helper.make_graph(nodes, "test", [onnx.helper.make_tensor_value_info("x", 1, shape)],
                                       [onnx.helper.make_tensor_value_info("y", 1, None)],
                                       [onnx.numpy_helper.from_array(v, k) for k, v in tensors.items()])
        model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17), onnx.helper.make_opsetid("own", 1)])
        model.ir_version = 8
        onnx.save(model, path)
        found = problem_of(path)
        check(found.startswith(f"{path}: ") and wanted in found, f"{name}: {found}")


def test_headers_compile_and_agree() -> None:
    for name in ("residual", "clip", "le_net"):
        nodes, shape, tensors, opset, _ = (models.folds() | models.images())[name]
        text = imported(models.onnx_model(folder / f"{name}.onnx", nodes, shape, tensors, opset=opset), "-o", "out.hpp")
        check(difference_in(text) < 5e-6 and "onnxruntime" in text, text)
    numbers = models.nnet(folder / "acas.nnet")
    text = imported(folder / "acas.nnet", "--double", "--name", "aircraft::acas_net")
    check("NetOf<double, Scale<Shape<3>>, Dense<3, 4, Relu>, Dense<4, 2>, Scale<Shape<2>>>" in text, text)
    check(difference_in(text) < 1e-13, text)
    check("namespace aircraft {" in (folder / "acas_net.hpp").read_text(), "no namespace")
    del numbers


def test_a_net_that_differs_is_not_written() -> None:
    from tenon_import import check as checks, cli

    models.nnet(folder / "wrong.nnet")
    right = checks.Checker.outputs
    checks.Checker.outputs = lambda self, *a: right(self, *a) + 0.01
    try:
        check_equal(cli.main([str(folder / "wrong.nnet"), "-o", str(folder / "wrong.hpp")]), 1)
    finally:
        checks.Checker.outputs = right
    check(not (folder / "wrong.hpp").exists(), "a header was written")


def test_nnet() -> None:
    path = folder / "a.nnet"
    numbers = models.nnet(path)
    model = formats.read(path, Options())
    x = model.samples(16)
    check_near(Net(model.layers).evaluate(x), numbers(x), 1e-6)
    check_near(model.reference(x), numbers(x), 1e-6)
    models.nnet(path, 0.0, 1.0)
    check_equal(header.type_text(formats.read(path, Options()).layers, False, ""),
                "Net<Scale<Shape<3>>, Dense<3, 4, Relu>, Dense<4, 2>>")
    text = path.read_text()
    for count in range(len(text.splitlines())):
        path.write_text("\n".join(text.splitlines()[:count]))
        check("the end of the file, where" in problem_of(path), f"{count} lines: {problem_of(path)}")
    path.write_text(text.replace("3,4,2,\n", "3,4,5,\n"))
    check("layers of [3, 4, 5] values for 3 inputs and 2 outputs" in problem_of(path), problem_of(path))
    path.write_text(text.replace("0.0,-3.0,0.0", "0.0,x,0.0"))
    check("line 5: the smallest inputs should be numbers" in problem_of(path), problem_of(path))


def test_keras() -> None:
    for name, write in {"two.h5": lambda p: models.keras_h5(p, 2), "three.h5": lambda p: models.keras_h5(p, 3),
                        "three.keras": models.keras_zip, "functional.keras": models.keras_functional, "images.keras": models.keras_images,
                        "early.keras": lambda p: models.keras_zip(p, "_layer_checkpoint_dependencies")}.items():
        numbers = write(folder / name)
        model = formats.read(folder / name, Options())
        x = model.samples(16)
        check_near(Net(model.layers).evaluate(x), numbers(x), 1e-6)
        check_near(model.reference(x), numbers(x), 1e-6)
    check_equal(header.type_text(formats.read(folder / "two.h5", Options()).layers, False, ""),
                "Net<Dense<4, 5, HardSigmoidWith<std::ratio<1, 5>, std::ratio<1, 2>>>, Dense<5, 3, Softmax>>")
    check_equal(header.type_text(formats.read(folder / "three.keras", Options(fold=False)).layers, False, ""),
                "Net<Dense<4, 5>, BatchNorm<Shape<5>, std::ratio<1, 10>, std::ratio<1, 1000>>, Activate<Shape<5>, HardSigmoid>, "
                "Dense<5, 3, Softmax>>")
    check_equal(header.type_text(formats.read(folder / "images.keras", Options()).layers, False, ""),
                "Net<Conv2D<Shape<2, 6, 10>, 4, Kernel<3, 3>, Stride<2, 2>, Same>, Conv2D<Shape<4, 3, 5>, 4, Kernel<2, 2>, Relu, Groups<4>>, "
                "MaxPool<Shape<4, 2, 4>, Kernel<2, 2>>, Flatten<Shape<4, 1, 2>>, Dense<8, 3, Identity, false>>")
    text = imported(folder / "functional.keras", "--summary")
    check("Net<Scale<Shape<4>>, Dense<4, 3, Relu>, Residual<Dense<3, 3, Gelu>>, Concat<PRelu<Shape<3>>, Activate<Shape<3>, "
          "LeakyReluWith<std::ratio<3, 10>>>>, Dense<6, 2, Identity, false>>" in text, text)
    check(difference_in(text) < 5e-6, text)
    check(not list(folder.glob("functional*.hpp")), "--summary wrote a file")


def test_files_that_keras_has_saved() -> None:
    python = python_with("keras", os.environ.get("KERAS_PYTHON", ""))
    if not python:
        print("skipped: files that Keras has saved, without a Python with keras (KERAS_PYTHON)")
        return
    subprocess.run([python, str(root / "tests/importer/keras_models.py"), str(folder)], check=True, capture_output=True)
    paths = sorted(path for path in folder.glob("keras_*") if path.suffix != ".npz")
    check(len(paths) >= 20, f"{len(paths)} models")
    for path in paths:
        data = np.load(path.with_suffix(".npz"))
        x, y = (data[name].reshape(16, -1).astype(float) for name in "xy")
        scale = max(1.0, float(np.abs(y).max()))
        try:
            model = formats.read(path, Options())
            check_near(Net(model.layers).evaluate(x) / scale, y / scale, 1e-6)
            check_near(np.asarray(model.reference(x)).reshape(16, -1) / scale, y / scale, 1e-6)
        except (AssertionError, ImportProblem) as error:
            raise AssertionError(f"{path.name}: {error}") from None
    check_equal(header.type_text(formats.read(folder / "keras_nested_functional.h5", Options()).layers, False, ""),
                "Net<Dense<4, 5>, Residual<Dense<5, 5, Relu>>, Dense<5, 4, Elu>, Dense<4, 2>>")
    for name, wanted in {"shared": "it is used more than once", "masking": "Masking: a layer that tenon cannot express",
                         "softmax": "Conv2D: Softmax is over the last of the axes [3, 3, 2]",
                         "cropping": "Cropping2D: a layer that tenon cannot express",
                         "two_inputs": "a model of several inputs or outputs"}.items():
        found = problem_of(folder / f"refused_{name}.keras")
        check(wanted in found, found)


def test_keras_layers_that_are_refused() -> None:
    import h5py

    models.keras_h5(folder / "masking.h5")
    with h5py.File(folder / "masking.h5", "r+") as file:
        file.attrs["model_config"] = file.attrs["model_config"].replace('"Activation"', '"Masking"')
    check(problem_of(folder / "masking.h5").endswith('masking.h5: layer 4 "act", Masking: a layer that tenon cannot express.'),
          problem_of(folder / "masking.h5"))
    with h5py.File(folder / "masking.h5", "r+") as file:
        file.attrs["model_config"] = file.attrs["model_config"].replace('"Masking"', '"Activation"').replace("hard_sigmoid", "mish")
    check('the activation "mish", which tenon does not have' in problem_of(folder / "masking.h5"), problem_of(folder / "masking.h5"))
    with h5py.File(folder / "weights.h5", "w") as file:
        file.attrs["x"] = 1
    check("it has weights without a model" in problem_of(folder / "weights.h5"), problem_of(folder / "weights.h5"))
    (folder / "text.keras").write_text("no zip")
    check("it is no model that Keras has saved" in problem_of(folder / "text.keras"), problem_of(folder / "text.keras"))


def test_rtneural() -> None:
    data = os.environ.get("TENON_DATA")
    model = {"in_shape": [None, 2], "layers": [
        {"type": "dense", "activation": "tanh", "shape": [None, 3], "weights": [[[1, 2, 3], [4, 5, 6]], [7, 8, 9]]},
        {"type": "prelu", "activation": "", "shape": [None, 3], "weights": [[[0.1, 0.2, 0.3]]]},
        {"type": "batchnorm", "activation": "", "shape": [None, 3], "epsilon": 0.001, "weights": [[1, 2, 3], [4, 5, 6]]}]}
    path = folder / "amp.json"
    path.write_text(json.dumps(model))
    check_equal(header.type_text(formats.read(path, Options()).layers, False, ""),
                "Net<Dense<2, 3, Tanh>, PRelu<Shape<3>>, BatchNorm<Shape<3>, std::ratio<1, 10>, std::ratio<1, 1000>, false>>")
    path.write_text(json.dumps({"0.weight": [[1, 2]], "0.bias": [3], "2.weight": [[4]], "2.bias": [5]}))
    check("--activations" in problem_of(path), problem_of(path))
    check_equal(header.type_text(formats.read(path, Options(activations=["tanh", "Identity"])).layers, False, ""),
                "Net<Dense<2, 1, Tanh>, Dense<1, 1>>")
    model["layers"][1]["type"] = "unknown"
    path.write_text(json.dumps(model))
    check("layer 2, unknown: a layer that RTNeural does not have" in problem_of(path), problem_of(path))
    path.write_text("{")
    check("it is no model in RTNeural's JSON" in problem_of(path), problem_of(path))
    if not data or not Path(data, "rtneural").is_dir():
        print("skipped: RTNeural's models, which TENON_DATA does not have")
        return
    dense = formats.read(Path(data, "rtneural/models/dense.json"), Options())
    x, y = (np.loadtxt(Path(data, f"rtneural/test_data/dense_{v}_python.csv")).reshape(-1, 1) for v in "xy")
    check_near(Net(dense.layers).evaluate(x), y, 1e-6)


def test_pytorch() -> None:
    python = "/usr/bin/python3"
    script = root / "tests/importer/torch_models.py"
    if subprocess.run([python, "-c", "import torch"], capture_output=True).returncode != 0:
        print("skipped: PyTorch's files, without torch for /usr/bin/python3")
        return
    subprocess.run([python, str(script), str(folder)], check=True, capture_output=True)
    data = np.load(folder / "torch.npz")
    for name in ("full.pt", "double.pt", "torch.onnx"):
        model = formats.read(folder / name, Options())
        check_near(Net(model.layers).evaluate(data["x"]), data["y"], 1e-6)
    images, pixels = formats.read(folder / "torch_images.onnx", Options()), np.load(folder / "torch_images.npz")
    check_near(Net(images.layers).evaluate(pixels["x"]), pixels["y"], 1e-6)
    check("Dense<" not in header.type_text(images.layers[:-1], False, ""), header.type_text(images.layers, False, ""))
    check(formats.read(folder / "double.pt", Options()).is_double, "the net of doubles is one of floats")
    for name in ("state.pt", "state.safetensors"):
        model = formats.read(folder / name, Options(activations=["Relu", "Gelu", "Softmax"]))
        check_equal([type(layer).__name__ for layer in model.layers], ["Dense", "BatchNorm", "Dense", "LayerNorm", "PRelu", "Dense"])
    check("tenon-import reads a state_dict, and a Sequential" in problem_of(folder / "own.pt"), problem_of(folder / "own.pt"))
    check("TorchScript" in problem_of(folder / "script.pt"), problem_of(folder / "script.pt"))
    check_images_of_pytorch()
    environment = {**os.environ, "PYTHONPATH": str(root / "tools")}
    done = subprocess.run([python, "-m", "tenon_import", "script.pt", "-o", "script.hpp"], cwd=folder, env=environment,
                          capture_output=True, text=True)
    check(done.returncode == 0 and "PyTorch: " in done.stdout, done.stdout + done.stderr)
    check(difference_in(done.stdout) < 1e-6, done.stdout)
    done = subprocess.run([python, "-m", "tenon_import", "images_script.pt", "--input-shape", "2x12x14", "--no-fold", "-o", "out.hpp"],
                          cwd=folder, env=environment, capture_output=True, text=True)
    check(done.returncode == 0 and "PyTorch: " in done.stdout and "BatchNorm<Shape<4, 6, 7>" in done.stdout, done.stdout + done.stderr)
    check(difference_in(done.stdout) < 1e-6, done.stdout)


LE_NET = ("Net<Conv2D<Shape<1, 28, 28>, 6, Kernel<5, 5>, Relu, Padding<2, 2>>, MaxPool<Shape<6, 28, 28>, Kernel<2, 2>>, "
          "Conv2D<Shape<6, 14, 14>, 16, Kernel<5, 5>>, BatchNorm<Shape<16, 10, 10>>, Activate<Shape<16, 10, 10>, Relu>, "
          "MaxPool<Shape<16, 10, 10>, Kernel<2, 2>>, Flatten<Shape<16, 5, 5>>, Dense<400, 20, Relu>, Dense<20, 10, Softmax>>")


def check_images_of_pytorch() -> None:
    """What is not in the files is given: the shape of the inputs of modules, and the net of a state_dict."""
    for name, shape in {"images": (2, 12, 14), "signals": (2, 8)}.items():
        found, data = formats.read(folder / f"{name}.pt", Options(input_shape=shape)), np.load(
            folder / ("torch_images.npz" if name == "images" else f"{name}.npz"))
        check_near(Net(found.layers).evaluate(data["x"]), data["y"], 1e-6)
    data = np.load(folder / "decoder.npz")
    found = formats.read(folder / "decoder.pt", Options())
    check_equal(header.type_text(found.layers, False, ""),
                "Net<Dense<5, 24, Relu>, Unflatten<Shape<2, 3, 4>>, ConvTranspose2D<Shape<2, 3, 4>, 3, Kernel<2, 2>, Tanh, Stride<2, 2>>>")
    check_near(Net(found.layers).evaluate(data["x"]), data["y"], 1e-6)
    data = np.load(folder / "le_net.npz")
    found = formats.read(folder / "le_net_state.pt", Options(net=LE_NET))
    check_equal(header.type_text(found.layers, False, ""), LE_NET)
    check_near(Net(found.layers).evaluate(data["x"]), data["y"], 1e-6)
    for text, wanted in {LE_NET.replace("20, 10", "20, 11"): 'tensor "last.weight" has the shape [10, 20], not [11, 20]',
                         LE_NET.replace(", Dense<20, 10, Softmax>", ""): 'its type has no tensor "last.bias"',
                         LE_NET.replace("Softmax>", "Softmax>, Dense<10, 3>"): "its type has more layers than the file has modules",
                         LE_NET.replace("BatchNorm", "LayerNorm"): 'tensor "norm.weight" has the shape [16], not [16, 10, 10]',
                         "Net<Conv3D<3>>": "Conv3D is no layer that tenon-import reads"}.items():
        problem = problem_of(folder / "le_net_state.pt", Options(net=text))
        check(wanted in problem, problem)
    # Files whose modules are in the order of their names.
    names = ["first", "second", "norm", "wide", "last"]
    found = formats.read(folder / "le_net_by_name.safetensors", Options(net=LE_NET, modules=names))
    check_near(Net(found.layers).evaluate(data["x"]), data["y"], 1e-6)
    for modules, wanted in {None: "it has its modules in the order of their names: give the order of the net, as in --modules first,last,",
                            "first,second": "--modules names first, second, and its modules are first, last, norm, second, wide"}.items():
        problem = problem_of(folder / "le_net_by_name.safetensors", Options(net=LE_NET, modules=modules and modules.split(",")))
        check(wanted in problem, problem)
    found, data = formats.read(folder / "deep_by_name.safetensors", Options(activations=["Tanh"] * 12)), np.load(folder / "deep_by_name.npz")
    check_near(Net(found.layers).evaluate(data["x"]), data["y"], 1e-6)
    layers = header.type_text(formats.read(folder / "images.pt", Options(fold=False, input_shape=(2, 12, 14))).layers, False, "")
    for words, wanted in {
        ("images.pt",): 'module "0", Conv2d: the size of its images is not in the file: give the shape of the inputs, as in --input-shape',
        ("images_state.pt",): '"0" is a convolution, and the file has neither the size of the images, nor strides',
        ("images.pt", "--input-shape", "3x12x14"): 'module "0", Conv2d: a weight of shape [4, 2, 3, 3]',
        ("images.pt", "--input-shape", "12"): 'module "0", Conv2d: an input of shape [12], and it takes 3 axes',
        ("images.pt", "--input-shape", "1x0"): "--input-shape 1x0: it is the channels, rows and columns of an image, as in 1x28x28.",
        ("images.pt", "--net", layers): "it has a module, and --net is for files that have weights alone",
        ("torch.onnx", "--net", layers): "it has a model, and --net is for files that have weights alone",
        ("torch.onnx", "--modules", "a,b"): "it has a model, and --modules is for files that have weights alone",
        ("images_state.pt", "--net", layers, "--activations", "Relu"): "--net is the whole net",
        ("torch.onnx", "--input-shape", "4"): "--input-shape is for PyTorch's modules (.pt)",
    }.items():
        done = run(*words)
        check(done.returncode == 1 and wanted in done.stderr and len(done.stderr.splitlines()) == 1, f"{words}: {done.stderr}")
    # A state_dict of a Sequential, whose modules are numbered with their activations.
    found, data = formats.read(folder / "images_state.pt", Options(net=layers)), np.load(folder / "torch_images.npz")
    check_equal(header.type_text(found.layers, False, ""), layers)
    check_near(Net(found.layers).evaluate(data["x"]), data["y"], 1e-6)


def test_headers_are_those_of_write_header() -> None:
    """The same net, through tenon's save and tenon-import, is the same header as write_header's."""
    subprocess.run([str(compiled("write")), str(folder)], check=True)
    nets = ("float_net", "double_net", "stream_net", "amp_net", "sequence_net", "image_net", "signal_net")
    for name in nets:
        text = imported(folder / f"{name}.safetensors", "-o", f"{name}.imported.hpp", "--name", name, "--no-check", "--no-fold")
        del text
        found, wanted = ((folder / f"{name}{ending}").read_text().splitlines() for ending in (".imported.hpp", ".hpp"))
        for pair in zip(found, wanted):
            check_equal(*pair)
        check_equal(len(found), len(wanted))
    text = imported(folder / "initialized_amp.safetensors", "-o", "out.hpp")
    check(difference_in(text) < 1e-6, text)
    # and back: what the command writes, tenon reads
    for name in nets:
        imported(folder / f"{name}.safetensors", "-o", f"{name}.again.safetensors", "--no-check", "--no-fold")
    subprocess.run([str(folder / "write"), str(folder), "read"], check=True)


def test_state_dicts_of_torch() -> None:
    """Files of save are opened by load_state_dict, give the same outputs there, and the reverse."""
    import safetensors.numpy

    package = folder / "site"
    package.mkdir()
    (package / "safetensors").symlink_to(Path(safetensors.__file__).parent)
    environment = {**os.environ, "PYTHONPATH": str(package)}
    python = "/usr/bin/python3"
    if subprocess.run([python, "-c", "import safetensors.torch"], capture_output=True, env=environment).returncode != 0:
        print("skipped: PyTorch's load_state_dict, without torch for /usr/bin/python3")
        return
    subprocess.run([str(compiled("write")), str(folder)], check=True)
    done = subprocess.run([python, str(root / "tests/importer/torch_state.py"), str(folder)], capture_output=True, text=True,
                          env=environment)
    check(done.returncode == 0, done.stderr)
    check_equal(done.stdout.count("<All keys matched successfully>"), 3)
    for name in "row_vectors", "image_vectors":
        vectors = safetensors.numpy.load_file(folder / f"{name}.safetensors")
        model = formats.read(folder / f"{name}.safetensors", Options())
        check_near(Net(model.layers).evaluate(vectors["x"].astype(float)), vectors["y"], 1e-6)
    done = subprocess.run([str(folder / "write"), str(folder), "torch"], capture_output=True, text=True)
    check(done.returncode == 0, done.stdout + done.stderr)


def test_to_onnx() -> None:
    """Every layer and activation: valid for onnx's checker, the same outputs in onnxruntime, and read back."""
    subprocess.run([str(compiled("export"))], check=True, cwd=folder)
    found = sorted(folder.glob("tenon_*.onnx"))
    check(len(found) > 20, f"{len(found)} models")
    for path in found:
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        session = onnxruntime.InferenceSession(str(path))
        shape = session.get_inputs()[0].shape[1:]
        size = int(np.prod(shape))
        rows = np.loadtxt(path.with_suffix(".txt"))
        dtype = np.float64 if session.get_inputs()[0].type == "tensor(double)" else np.float32
        outputs = session.run(None, {"input": rows[:, :size].reshape(-1, *shape).astype(dtype)})[0].reshape(len(rows), -1)
        wanted = rows[:, size:]
        scale = max(1, float(np.abs(wanted).max()))
        try:
            check_near(outputs / scale, wanted / scale, 1e-6)
            if "written" in path.name:  # of layers that tenon-import does not read
                continue
            again = formats.read(path, Options())
            check_near(Net(again.layers).evaluate(rows[:, :size]) / scale, wanted / scale, 2e-6)
        except (AssertionError, ImportProblem) as error:
            raise AssertionError(f"{path.name}: {error}") from None


def test_damaged_files_end_in_one_sentence() -> None:
    nodes, shape, tensors, opset, _ = (models.folds() | models.images())["residual_of_images"]
    models.nnet(folder / "whole.nnet")
    models.keras_functional(folder / "whole.keras")
    models.keras_h5(folder / "whole.h5")
    random = np.random.default_rng(5)
    refused = 0
    for path in (models.onnx_model(folder / "whole.onnx", nodes, shape, tensors, opset=opset), *folder.glob("whole.*")):
        whole, damaged = path.read_bytes(), folder / f"damaged{path.suffix}"
        for _ in range(60):
            content = bytearray(whole)
            for place in random.integers(len(content), size=random.integers(1, 5)):
                content[place] = random.integers(256)
            if random.random() < 0.2:
                del content[random.integers(len(content)):]
            damaged.write_bytes(content)
            found = problem_of(damaged)  # raises what is no ImportProblem
            check(len(found.splitlines()) == 1, found)
            refused += found != "no problem"
    check(refused >= 60, f"only {refused} files were refused")


def test_bad_calls_end_in_one_sentence() -> None:
    models.nnet(folder / "b.nnet")
    for arguments, wanted in {
        ("nothing.onnx",): "nothing.onnx: there is no such file.",
        ("b.txt",): "b.txt: tenon-import reads files that end in",
        ("b.nnet", "-o", "b.txt"): "b.txt: the output is a header (.hpp), .safetensors or .keras.",
        ("b.nnet", "--name", "double"): 'a C++ variable cannot be called "double"',
        ("b.nnet", "--name", "my net"): 'a C++ variable cannot be called "my net"',
        ("b.nnet", "--no-check", "-o", "no/such/b.hpp"): "no/such/b.hpp: it cannot be written (No such file or directory).",
        ("b.nnet", "--include", "."): "there is no tenon/tenon.hpp.",
    }.items():
        done = run(*arguments)
        check(done.returncode == 1 and wanted in done.stderr and len(done.stderr.splitlines()) == 1, f"{arguments}: {done.stderr}")
    (folder / "bad.onnx").write_bytes(b"not a model")
    done = run("bad.onnx")
    check(done.returncode == 1 and "bad.onnx: it is no valid ONNX model" in done.stderr, done.stderr)
    old = folder / "kept.hpp"
    old.write_text("old")
    text = (folder / "b.nnet").read_text()
    (folder / "nan.nnet").write_text(text.replace("1.000000000e+01,-2", "nan,-2"))
    done = run("nan.nnet", "-o", old, "--no-check")
    check(done.returncode == 1 and "a constant needs finite numbers" in done.stderr, done.stderr)
    check_equal(old.read_text(), "old")
    check(not list(folder.glob(".tenon-*")), "a temporary file was left")
    done = run("b.nnet", "-o", old, environment={"CXX": "no-such-compiler"})
    check(done.returncode == 0 and "not compared with the original: there is no C++ compiler" in done.stderr, done.stderr)


def main() -> int:
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    failed = 0
    found = {**globals(), **vars(keras_checks), **vars(nam_checks), **vars(time_checks)}
    tests = {name: test for name, test in found.items() if name.startswith("test_") and word in name}
    for name, test in tests.items():
        start = sum(os.times()[:4])
        try:
            test()
            print(f"{name}: passed, {sum(os.times()[:4]) - start:.1f} s of CPU time")
        except Exception as error:  # shown, and the others go on
            failed += 1
            print(f"{name}: failed: {type(error).__name__}: {error}")
            if not isinstance(error, AssertionError):
                import traceback

                traceback.print_exc()
    shutil.rmtree(folder)
    return 1 if failed or not tests else 0


if __name__ == "__main__":
    raise SystemExit(main())
