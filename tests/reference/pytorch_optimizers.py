"""Optimizers, schedules, clipping, decay and averages as PyTorch computes them over 200 steps of a small net, in double.
Needs python3-torch 1.13; writes pytorch_optimizers.hpp.

Two things are not torch 1.13's: NAdam is stepped as PyTorch 2 does (1.13 multiplies mu_t twice into the product of the next
step), and Lion, which torch lacks, is written here from the paper (Chen et al., 2023, algorithm 2).
"""

import sys
import warnings

import numpy as np
import torch
from torch import nn
from torch.optim import lr_scheduler as schedules
from torch.optim.swa_utils import AveragedModel

from emit import header

warnings.filterwarnings("ignore")
torch.set_default_dtype(torch.float64)
arrays = {}
STEPS, KEPT = 200, (1, 2, 10, 200)


def nadam_of_pytorch_2(params, grads, exp_avgs, exp_avg_sqs, mu_products, state_steps, *, beta1, beta2, lr, weight_decay,
                       momentum_decay, eps):
    for i, param in enumerate(params):
        state_steps[i] += 1
        step = state_steps[i].item()
        grad = grads[i].add(param, alpha=weight_decay) if weight_decay != 0 else grads[i]
        mu = beta1 * (1.0 - 0.5 * (0.96 ** (step * momentum_decay)))
        mu_next = beta1 * (1.0 - 0.5 * (0.96 ** ((step + 1) * momentum_decay)))
        mu_products[i] *= mu
        exp_avgs[i].lerp_(grad, 1 - beta1)
        exp_avg_sqs[i].mul_(beta2).addcmul_(grad, grad, value=1 - beta2)
        denom = exp_avg_sqs[i].div(1 - beta2**step).sqrt().add_(eps)
        product = mu_products[i].item()
        param.addcdiv_(grad, denom, value=-lr * (1.0 - mu) / (1.0 - product))
        param.addcdiv_(exp_avgs[i], denom, value=-lr * mu_next / (1.0 - product * mu_next))


sys.modules["torch.optim.nadam"]._single_tensor_nadam = nadam_of_pytorch_2


class Lion(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, dict(lr=lr, betas=betas, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                mean = self.state[p].setdefault("mean", torch.zeros_like(p))
                direction = torch.sign(beta1 * mean + (1 - beta1) * p.grad)
                mean.copy_(beta2 * mean + (1 - beta2) * p.grad)
                p -= group["lr"] * (direction + group["weight_decay"] * p)


random = np.random.default_rng(5)
inputs, targets = random.uniform(-1, 1, (8, 3)), random.uniform(2, 6, (8, 2))
x, t = torch.tensor(inputs), torch.tensor(targets)
starts = [random.uniform(-1, 1, shape) for shape in ((3,), (3,), (5, 3), (5,), (2, 5), (2,))]


def new_net():
    """LayerNorm<Shape<3>>, Dense<3, 5, Sigmoid>, Dense<5, 2>. Its training amplifies roundings so little that 200 steps from a
    start that differs by 3e-16 end within 3e-12 with every optimizer."""
    net = nn.Sequential(nn.LayerNorm(3), nn.Linear(3, 5), nn.Sigmoid(), nn.Linear(5, 2))
    with torch.no_grad():
        for parameter, start in zip(net.parameters(), starts):
            parameter.copy_(torch.tensor(start))
    return net


def flat(net):
    """The parameters in tenon's order: weights [in][out]."""
    return np.concatenate([p.detach().numpy().T.ravel() for p in net.parameters()])


def train(make, clip=None, l1=0.0, schedule=None, average=None):
    """Parameters after the steps in KEPT, the learning rates, and the averages after the last step."""
    net = new_net()
    optimizer = make(net)
    schedule = schedule(optimizer) if schedule else None
    averaged, kept, rates = None, [], []
    for step in range(1, STEPS + 1):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(net(x), t)
        loss.backward()
        if clip:
            clip(net.parameters())
        if l1:
            with torch.no_grad():
                for p in net.parameters():
                    p.grad += l1 * torch.sign(p)
        optimizer.step()
        if average and average[1] < step and (step - 1 - average[1]) % average[2] == 0:
            if averaged is None:
                averaged = AveragedModel(net, avg_fn=average[0])
            averaged.update_parameters(net)
        if schedule and step < STEPS:
            schedule.step()
        if step in KEPT:
            kept.append(flat(net))
    return kept, rates, flat(averaged.module) if averaged else None


def all_of(optimizer, **options):
    return lambda net: optimizer(net.parameters(), **options)


def spare_biases(optimizer, weight_decay, **options):
    def make(net):
        weights = [net[1].weight, net[3].weight]
        others = [net[0].weight, net[0].bias, net[1].bias, net[3].bias]
        return optimizer([{"params": weights, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0}], **options)
    return make


o = torch.optim
arrays.update(inputs=inputs, targets=targets, start=flat(new_net()))
optimizers = {
    "sgd": all_of(o.SGD, lr=0.05),
    "sgd_momentum": all_of(o.SGD, lr=0.05, momentum=0.9),
    "sgd_dampening": all_of(o.SGD, lr=0.05, momentum=0.9, dampening=0.4, weight_decay=0.01),
    "sgd_nesterov": all_of(o.SGD, lr=0.05, momentum=0.8, nesterov=True, weight_decay=0.01),
    "rmsprop": all_of(o.RMSprop),
    "rmsprop_momentum": all_of(o.RMSprop, lr=0.003, alpha=0.95, eps=1e-6, momentum=0.8, weight_decay=0.02),
    "rmsprop_centered": all_of(o.RMSprop, lr=0.003, eps=1e-3, centered=True),
    "rmsprop_all": all_of(o.RMSprop, lr=0.002, alpha=0.9, eps=1e-3, momentum=0.7, centered=True, weight_decay=0.02),
    "adagrad": all_of(o.Adagrad),
    "adagrad_all": all_of(o.Adagrad, lr=0.1, lr_decay=0.01, initial_accumulator_value=0.3, eps=1e-4, weight_decay=0.02),
    "adam": all_of(o.Adam),
    "adam_all": all_of(o.Adam, lr=0.02, betas=(0.8, 0.97), eps=1e-3, weight_decay=0.05),
    "adam_amsgrad": all_of(o.Adam, lr=0.02, betas=(0.8, 0.9), amsgrad=True, weight_decay=0.01),
    "adamw": all_of(o.AdamW),
    "adamw_all": all_of(o.AdamW, lr=0.02, betas=(0.8, 0.97), eps=1e-3, weight_decay=0.2),
    "adamw_amsgrad": all_of(o.AdamW, lr=0.02, betas=(0.8, 0.9), amsgrad=True),
    "nadam": all_of(o.NAdam),
    "nadam_all": all_of(o.NAdam, lr=0.01, betas=(0.8, 0.97), eps=1e-3, weight_decay=0.05, momentum_decay=0.1),
    "rprop": all_of(o.Rprop),
    "rprop_all": all_of(o.Rprop, lr=0.02, etas=(0.4, 1.3), step_sizes=(1e-4, 0.1)),
    "lion": all_of(Lion),
    "lion_all": all_of(Lion, lr=0.003, betas=(0.8, 0.95), weight_decay=0.1),
    "adamw_spares_biases": spare_biases(o.AdamW, 0.3, lr=0.01),
    "sgd_spares_biases": spare_biases(o.SGD, 0.1, lr=0.05, momentum=0.5),
}
for name, make in optimizers.items():
    arrays[name] = train(make)[0]

clip_norm, clip_value = nn.utils.clip_grad_norm_, nn.utils.clip_grad_value_
arrays["clip_norm"] = train(all_of(o.Adam, lr=0.01), clip=lambda p: clip_norm(p, 0.5))[0]
arrays["clip_norm_sgd"] = train(all_of(o.SGD, lr=0.1), clip=lambda p: clip_norm(p, 0.3))[0]
arrays["clip_value"] = train(all_of(o.SGD, lr=0.1, momentum=0.5), clip=lambda p: clip_value(p, 0.1))[0]


def clip_value_then_norm(parameters):
    parameters = list(parameters)
    clip_value(parameters, 0.2)
    clip_norm(parameters, 0.3)


arrays["clip_value_then_norm"] = train(all_of(o.SGD, lr=0.1), clip=clip_value_then_norm)[0]
arrays["l1"] = train(all_of(o.SGD, lr=0.05, momentum=0.5, weight_decay=0.02), l1=0.01)[0]

sgd, adam = all_of(o.SGD, lr=0.1, momentum=0.9), all_of(o.Adam, lr=0.01)
plain_sgd = all_of(o.SGD, lr=0.1)
scheduled = {
    "step_decay": (plain_sgd, lambda o: schedules.StepLR(o, 30)),
    "multi_step": (plain_sgd, lambda o: schedules.MultiStepLR(o, [20, 90, 90, 150], gamma=0.5)),
    "exponential_decay": (adam, lambda o: schedules.ExponentialLR(o, 0.98)),
    "cosine": (plain_sgd, lambda o: schedules.CosineAnnealingLR(o, 80, eta_min=0.01)),
    "cosine_restarts": (plain_sgd, lambda o: schedules.CosineAnnealingWarmRestarts(o, 30)),
    "cosine_growing": (adam, lambda o: schedules.CosineAnnealingWarmRestarts(o, 20, T_mult=2, eta_min=0.001)),
    "warmup": (plain_sgd, lambda o: schedules.LinearLR(o)),
    "warmup_cosine": (plain_sgd, lambda o: schedules.SequentialLR(
        o, [schedules.LinearLR(o, 0.1, total_iters=20), schedules.CosineAnnealingLR(o, 180)], [20])),
    "one_cycle": (sgd, lambda o: schedules.OneCycleLR(o, 0.1, total_steps=STEPS)),
    "one_cycle_adam": (adam, lambda o: schedules.OneCycleLR(o, 0.01, total_steps=STEPS)),
    "one_cycle_all": (sgd, lambda o: schedules.OneCycleLR(
        o, 0.1, total_steps=STEPS, pct_start=0.25, anneal_strategy="linear", base_momentum=0.5, max_momentum=0.8,
        div_factor=10, final_div_factor=100, three_phase=True)),
    "one_cycle_rate": (sgd, lambda o: schedules.OneCycleLR(o, 0.1, total_steps=STEPS, cycle_momentum=False)),
}
for name, (make, schedule) in scheduled.items():
    kept, rates, _ = train(make, schedule=schedule)
    arrays[name], arrays[name + "_rates"] = kept, rates


def ema(decay):
    return lambda average, model, _: decay * average + (1 - decay) * model


kept, _, arrays["ema_average"] = train(adam, average=(ema(0.95), 0, 1))
arrays["ema"] = kept
_, _, arrays["swa_average"] = train(adam, average=(None, 100, 7))
kept, rates, arrays["composed_average"] = train(
    adam, clip=lambda p: clip_norm(p, 0.5), schedule=lambda o: schedules.CosineAnnealingLR(o, 200),
    average=(ema(0.9), 0, 1))
arrays["composed"] = kept

header("pytorch_optimizers", f"PyTorch {torch.__version__}'s optimizers over {STEPS} steps", arrays)
