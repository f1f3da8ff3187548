//! Model folders that are refused, each with file and field.

use std::fs;

use crate::support::{
    ANY, Attribute, F32, Graph, I64, edit, entry, folder, identity, latent_folder, open_folder,
    pattern, predict, refusal, sample_graph,
};
use dcdp::Error;
use dcdp::priors::{NoiseLevel, find, verify};
use dcdp::runtime::Cancel;
use tempfile::TempDir;

#[test]
fn latent_manifests_and_first_stages_are_refused_by_field() {
    let cases = [
        ("latent_scale = 0.25", "latent_scale = nan", "latent_scale"),
        ("latent_scale = 0.25", "latent_scale = 0.0", "latent_scale"),
        (
            "latent_channels = 3",
            "latent_channels = 9000000000",
            "latent_channels",
        ),
        ("downsample = 2", "downsample = 0", "downsample"),
        ("downsample = 2", "downsample = 3", "downsample"),
        ("downsample = 2", "downsample = 8", "downsample"),
        (
            "\"encoder.onnx\"",
            "\"../encoder.onnx\"",
            "files.encoder.path",
        ),
        ("\"decoder.onnx\"", "\"/etc/passwd\"", "files.decoder.path"),
        (
            "latent_channels = 3",
            "latent_channels = 4",
            "inputs.sample",
        ),
        // The network of the identity has no tensor `z`.
        (
            "\"decoder_vjp.onnx\"",
            "\"network.onnx\"",
            "files.decoder_vjp.bytes",
        ),
        ("[files.encoder]", "[files.helper]", "helper"),
    ];
    for (from, to, field) in cases {
        let folder = latent_folder(true);
        edit(folder.path(), from, to);
        refusal(folder.path(), field);
    }

    // A decoder where the encoder belongs.
    let swapped = latent_folder(true);
    let decoder = fs::read(swapped.path().join("decoder.onnx")).unwrap();
    let encoder = fs::read(swapped.path().join("encoder.onnx")).unwrap();
    fs::write(swapped.path().join("encoder.onnx"), &decoder).unwrap();
    edit(
        swapped.path(),
        &entry("encoder", &encoder),
        &entry("encoder", &decoder),
    );
    assert!(refusal(swapped.path(), "files.encoder").contains("no tensor `x`"));
}

#[test]
fn manifests_are_refused_by_field() {
    let cases = [
        ("format = 1", "format = 2", "format"),
        ("name = \"test\"", "name = \"../test\"", "name"),
        ("licence = \"MIT\"\n", "", "licence"),
        ("licence", "license", "license"),
        ("# more", "library = \"evil.so\"", "library"),
        ("channels = 3", "channels = \"three\"", "channels"),
        ("channels = 3", "channels = 4", "channels"),
        ("size_multiple = 4", "size_multiple = 0", "size_multiple"),
        ("tile = 64", "tile = 63", "tile"),
        ("tile = 64", "tile = 4000000000", "tile"),
        ("tile = 64", "tile = -4", "tile"),
        ("tile = 64", "tile = 65536\nfixed_size = true", "tile"),
        ("halo = 8", "halo = 32", "halo"),
        ("[-1.0, 1.0]", "[1.0, -1.0]", "value_range"),
        ("[-1.0, 1.0]", "[-1.0, inf]", "value_range"),
        ("timesteps = 1000", "timesteps = 1", "timesteps"),
        ("beta_end = 0.02", "beta_end = nan", "beta_start"),
        ("\"linear\"", "\"quadratic\"", "beta_schedule"),
        ("\"epsilon\"", "\"noise\"", "prediction"),
        ("\"pixel\"", "\"latent\"", "latent_scale"),
        ("\"pixel\"", "\"consistency\"", "sigma_min"),
        ("# more", "latent_scale = 1.0", "latent_scale"),
        (
            "# more",
            "[defaults.sharpen]\nrounds = 1",
            "defaults.sharpen",
        ),
        (
            "\"network.onnx\"",
            "\"../network.onnx\"",
            "files.network.path",
        ),
        ("\"network.onnx\"", "\"/etc/passwd\"", "files.network.path"),
        ("\"network.onnx\"", "\"\"", "files.network.path"),
        ("\"network.onnx\"", "\"missing.onnx\"", "files.network.path"),
        (
            "\"network.onnx\"",
            "\"sub/../network.onnx\"",
            "files.network.path",
        ),
        (
            "\nbytes = ",
            "\nbytes = 99999999999999",
            "files.network.bytes",
        ),
        ("\nbytes = ", "\nbytes = 1", "files.network.bytes"),
        ("sha256 = \"", "sha256 = \"00", "files.network.sha256"),
        ("path = ", "path ", "syntax"),
        ("name = \"test\"", "= \"test\"", "syntax"),
    ];
    for (from, to, field) in cases {
        let folder = folder(&identity());
        edit(folder.path(), from, to);
        refusal(folder.path(), field);
    }
}

#[test]
fn files_are_refused_that_are_not_what_the_manifest_says() {
    let changed = folder(&identity());
    let mut content = identity();
    *content.last_mut().unwrap() ^= 1;
    fs::write(changed.path().join("network.onnx"), content).unwrap();
    assert!(refusal(changed.path(), "files.network.sha256").contains("the manifest says"));

    let whole = identity();
    let truncated = folder(&whole[..whole.len() - 9]);
    assert!(refusal(truncated.path(), "files.network").contains("truncated"));
    let text = folder(b"this is not a network at all");
    refusal(text.path(), "files.network");

    let external = sample_graph(F32, 3)
        .external("weight", "/etc/passwd")
        .node("Mul", &["x", "weight"], &["eps"])
        .model();
    assert!(refusal(folder(&external).path(), "files.network").contains("external data"));

    let custom = sample_graph(F32, 3)
        .node("RunMyCode", &["x"], &["eps"])
        .model();
    assert!(refusal(folder(&custom).path(), "files.network").contains("RunMyCode"));

    // Sizes that no memory holds, in a weight without content and in one made when the network is loaded.
    let huge = sample_graph(F32, 3)
        .floats("weight", &[1 << 40], &[])
        .node("Mul", &["x", "weight"], &["eps"])
        .model();
    refusal(folder(&huge).path(), "files.network");
    let huge = sample_graph(F32, 3)
        .integers("size", &[1], &[1 << 45])
        .node("ConstantOfShape", &["size"], &["weight"])
        .node("ReduceSum", &["weight"], &["sum"])
        .node("Add", &["x", "sum"], &["eps"])
        .model();
    let huge = folder(&huge);
    let prior = open_folder(&huge);
    let x = pattern((1, 3, 4, 4));
    assert!(
        prior.is_err()
            || prior
                .unwrap()
                .predict(x.view(), NoiseLevel::Timestep(1), &Cancel::new())
                .is_err()
    );

    let directory = folder(&identity());
    fs::remove_file(directory.path().join("network.onnx")).unwrap();
    fs::create_dir(directory.path().join("network.onnx")).unwrap();
    assert!(refusal(directory.path(), "files.network.path").contains("regular file"));
}

#[cfg(unix)]
#[test]
fn links_may_not_lead_out_of_the_folder() {
    use std::os::unix::fs::symlink;

    let outside = folder(&identity());
    let linked = folder(&identity());
    let network = linked.path().join("network.onnx");
    fs::remove_file(&network).unwrap();
    symlink(outside.path().join("network.onnx"), &network).unwrap();
    assert!(refusal(linked.path(), "files.network.path").contains("leads out"));

    let inside = folder(&identity());
    fs::rename(
        inside.path().join("network.onnx"),
        inside.path().join("real"),
    )
    .unwrap();
    symlink("real", inside.path().join("network.onnx")).unwrap();
    open_folder(&inside).unwrap();

    let manifest = folder(&identity());
    fs::remove_file(manifest.path().join("model.toml")).unwrap();
    symlink(
        outside.path().join("model.toml"),
        manifest.path().join("model.toml"),
    )
    .unwrap();
    assert!(refusal(manifest.path(), "file").contains("leads out"));

    let pipe = folder(&identity());
    fs::remove_file(pipe.path().join("network.onnx")).unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(pipe.path().join("network.onnx"))
        .status();
    assert!(made.unwrap().success());
    assert!(refusal(pipe.path(), "files.network.path").contains("regular file"));
}

#[test]
fn networks_are_refused_whose_tensors_do_not_fit() {
    let renamed = folder(&identity());
    edit(renamed.path(), "sample = \"eps\"", "sample = \"noise\"");
    assert!(refusal(renamed.path(), "outputs.sample").contains("eps"));

    let renamed = folder(&identity());
    edit(renamed.path(), "time = \"t\"", "time = \"timestep\"");
    refusal(renamed.path(), "inputs.time");

    let wrong = |x: &[i64], t: &[i64]| {
        folder(
            &Graph::new()
                .input("x", F32, x)
                .input("t", I64, t)
                .output("eps", F32, x)
                .node("Identity", &["x"], &["eps"])
                .model(),
        )
    };
    refusal(wrong(&[ANY, 4, ANY, ANY], &[ANY]).path(), "inputs.sample");
    refusal(wrong(&[ANY, 3, ANY], &[ANY]).path(), "inputs.sample");
    refusal(wrong(&[5, 3, ANY, ANY], &[5]).path(), "inputs.sample");
    refusal(wrong(&[ANY, 3, 64, 64], &[ANY]).path(), "fixed_size");
    refusal(wrong(&[ANY, 3, 32, 32], &[ANY]).path(), "tile");
    refusal(wrong(&[ANY, 3, ANY, ANY], &[ANY, 1]).path(), "inputs.time");

    let variance = folder(&identity());
    edit(
        variance.path(),
        "learned_variance = false",
        "learned_variance = true",
    );
    refusal(variance.path(), "outputs.sample");

    let integers = sample_graph(I64, 3)
        .node("Identity", &["x"], &["eps"])
        .model();
    refusal(folder(&integers).path(), "inputs.sample");

    let third = sample_graph(F32, 3).input("label", I64, &[ANY]);
    refusal(
        folder(&third.node("Identity", &["x"], &["eps"]).model()).path(),
        "files.network",
    );

    let fixed = wrong(&[ANY, 3, 64, 64], &[ANY]);
    edit(fixed.path(), "# more", "fixed_size = true");
    let x = pattern((2, 3, 64, 64));
    assert_eq!(predict(&fixed, &x, 1).sample, x);
}

#[test]
fn an_output_of_another_size_is_an_error() {
    let network = sample_graph(F32, 3)
        .node_with(
            "AveragePool",
            &["x"],
            &["eps"],
            &[("kernel_shape", Attribute::Ints(vec![2, 2]))],
        )
        .model();
    let prior = open_folder(&folder(&network)).unwrap();
    let x = pattern((1, 3, 8, 8));
    let error = prior
        .predict(x.view(), NoiseLevel::Timestep(1), &Cancel::new())
        .unwrap_err();
    assert!(
        matches!(&error, Error::Network(text) if text.contains("shape")),
        "{error}"
    );
}

#[test]
fn a_whole_check_runs_the_network() {
    let nan = sample_graph(F32, 3)
        .floats("weight", &[1], &[f32::NAN])
        .node("Mul", &["x", "weight"], &["eps"])
        .model();
    let folder = folder(&nan);
    let path = folder.path().to_str().unwrap();
    find(path).unwrap();
    assert!(matches!(verify(path).unwrap_err(), Error::Network(_)));
    let prior = open_folder(&folder).unwrap();
    let x = pattern((1, 3, 4, 4));
    let error = prior.predict(x.view(), NoiseLevel::Timestep(1), &Cancel::new());
    assert!(
        matches!(&error, Err(Error::Network(text)) if text.contains("not finite")),
        "{error:?}"
    );
}

#[test]
fn unusable_folders_and_names_are_refused() {
    let error = find("no-such-model").unwrap_err();
    assert!(
        matches!(&error, Error::ModelNotFound { searched, .. } if !searched.is_empty()),
        "{error}"
    );
    let empty = TempDir::new().unwrap();
    refusal(empty.path(), "file");

    let large = folder(&identity());
    edit(large.path(), "# more", &"#".repeat(70_000));
    assert!(refusal(large.path(), "file").contains("65536"));

    let binary = folder(&identity());
    fs::write(binary.path().join("model.toml"), [0xff, 0xfe, 0x00]).unwrap();
    assert!(refusal(binary.path(), "file").contains("UTF-8"));
}
