"""Data-parallel training on the CPU: one single-thread process per core, gradients averaged.

Small networks train about twice as fast this way as with the same number of threads in one process.
"""

import os
import signal
import socket

import torch
import torch.distributed as dist
import torch.multiprocessing as multiprocessing


def rank():
    return dist.get_rank() if dist.is_initialized() else 0


def world_size():
    return dist.get_world_size() if dist.is_initialized() else 1


def add_up(tensors):
    """Replaces every tensor by its sum over the processes."""
    if world_size() == 1:
        return
    flat = torch.cat([t.reshape(-1) for t in tensors])
    dist.all_reduce(flat)
    for tensor, total in zip(tensors, flat.split([t.numel() for t in tensors])):
        tensor.copy_(total.view_as(tensor))


def average_gradients(parameters):
    """Replaces every gradient by its mean over the processes."""
    gradients = [p.grad for p in parameters]
    add_up(gradients)
    torch._foreach_div_(gradients, world_size())


def from_first(value):
    """The value that process 0 passed."""
    if world_size() == 1:
        return value
    shared = torch.tensor([value], dtype=torch.float64)
    dist.broadcast(shared, 0)
    return shared.item()


def _worker(index, function, options, processes, port):
    torch.set_num_threads(1)
    address = f"tcp://127.0.0.1:{port}"
    dist.init_process_group("gloo", init_method=address, rank=index, world_size=processes)
    function(options)
    dist.destroy_process_group()


def launch(function, options, processes):
    """Runs `function(options)` in that many processes. SIGTERM to the parent stops process 0, which the rest follow."""
    if processes <= 1:
        function(options)
        return
    os.environ["OMP_NUM_THREADS"] = "1"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    context = multiprocessing.spawn(_worker, (function, options, processes, port), nprocs=processes, join=False)
    first = context.processes[0]
    signal.signal(signal.SIGTERM, lambda *_: first.terminate())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal interrupts the children as well
    while not context.join():
        pass
