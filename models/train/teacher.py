"""A Gaussian denoiser, such as FFDNet, whose estimates are learned beside the clean pictures."""

import torch

import prior

FIRST = 10  # timesteps with less noise are learned from clean pictures alone
LEAST_SHARE = 0.3  # of the teacher in what is learned, when the learning rate has fallen to 0


class Teacher:
    """The model folder of a denoiser that is told sigma and estimates x0; run by ONNX Runtime.

    One thread for a CPU process. On a GPU `requirements-teacher.txt` brings the runtime that uses it.
    """

    def __init__(self, folder, share):
        self.model, self.share = prior.Prior(folder, threads=1), share
        manifest = self.model.manifest
        if manifest["kind"] != "pixel" or manifest["time_input"] != "sigma":
            raise SystemExit(f"{folder} is no Gaussian denoiser: a teacher has kind \"pixel\" and time_input \"sigma\"")
        self.credit = f"{manifest['name']} {manifest['version']} ({manifest['licence']})"

    def teach(self, clean, noisy, ratio, t, rate):
        """What is to be learned in place of `clean` (N,3,H,W, in [-1, 1]), and where it is not clean itself (N).

        `noisy` is clean with noise of standard deviation `ratio` (N), at timesteps t (N); `rate` is the learning rate as a
        share of its peak, with which the teacher's share falls.
        """
        taught = (127.5 * ratio <= self.model.manifest["sigma_max"]) & (t >= FIRST)
        learned, which = clean.clone(), taught.nonzero()[:, 0]
        if len(which):
            estimate = torch.from_numpy(self.model.estimate(noisy[which].cpu().numpy(), 127.5 * ratio[which].cpu().numpy()))
            share = LEAST_SHARE + (self.share - LEAST_SHARE) * rate
            learned[which] = share * estimate.to(clean.device) + (1 - share) * clean[which]
        return learned, taught
