//! Which timesteps a sampler visits.

/// Indices visited below strength `t`, rising: `count` values from 0 to t−1, spaced by (t−1)/(count−1),
/// the stride accumulated in `f64` and rounded half to even (guided-diffusion's respacing). `count`
/// 0 or ≥ t visits every index; `count` 1 visits t−1 alone. `t` is at least 1.
pub fn space_timesteps(t: usize, count: usize) -> Vec<usize> {
    let count = match count {
        0 => t,
        count => count.min(t),
    };
    if count <= 1 {
        return vec![t.max(1) - 1];
    }
    let stride = (t - 1) as f64 / (count - 1) as f64;
    let mut position = 0.0_f64;
    (0..count)
        .map(|_| {
            let index = position.round_ties_even() as usize;
            position += stride;
            index
        })
        .collect()
}

/// Indices visited by a latent prior below strength `t`, rising:
/// round(linspace(0, 1, n)·(t−2) + 1e-6) + 1 with n = min(t, count), duplicates kept. `count` 0 takes
/// n = t.
pub fn latent_timesteps(t: usize, count: usize) -> Vec<usize> {
    let t = t.max(1);
    let count = match count {
        0 => t,
        count => count.min(t),
    };
    let span = t as f64 - 2.0;
    (0..count)
        .map(|index| {
            let share = match count {
                1 => 0.0,
                _ => index as f64 / (count - 1) as f64,
            };
            ((share * span + 1e-6).round_ties_even() + 1.0).max(0.0) as usize
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_count_stays_below_t() {
        for t in 1..60 {
            for count in 0..70 {
                let steps = space_timesteps(t, count);
                assert_eq!(*steps.last().unwrap(), t - 1, "t {t}, count {count}");
                assert!(steps.windows(2).all(|pair| pair[0] < pair[1]));
                assert!(
                    latent_timesteps(t, count)
                        .iter()
                        .all(|&step| step < t.max(2))
                );
            }
        }
    }
}
