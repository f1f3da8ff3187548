//! No two files import each other, directly or in a ring.
//!
//! An import is a `use` or a path in code; what a module passes on with `pub use` counts for the file that
//! defines it, so that a façade is no circle. Tests inside files are left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{Item, UseTree};

/// Names from the root of a crate.
type Names = Vec<String>;

/// One file, as a module.
#[derive(Default)]
struct Module {
    file: PathBuf,
    /// Where what it passes on comes from, by name.
    passed_on: BTreeMap<String, Names>,
    /// What it names.
    named: Vec<Names>,
}

/// The modules of a crate by their names.
type Modules = BTreeMap<Names, Module>;

struct Reader<'a> {
    module: &'a mut Module,
}

impl Reader<'_> {
    /// Every path of a `use`, with the name it is known by here.
    fn paths(tree: &UseTree, before: &Names, found: &mut Vec<(String, Names)>) {
        let with = |name: String| [before.as_slice(), &[name]].concat();
        match tree {
            UseTree::Path(path) => Self::paths(&path.tree, &with(path.ident.to_string()), found),
            UseTree::Name(name) if name.ident == "self" => {
                found.push((before.last().cloned().unwrap_or_default(), before.clone()));
            }
            UseTree::Name(name) => {
                found.push((name.ident.to_string(), with(name.ident.to_string())))
            }
            UseTree::Rename(rename) => {
                found.push((rename.rename.to_string(), with(rename.ident.to_string())));
            }
            UseTree::Glob(_) => found.push(("*".into(), before.clone())),
            UseTree::Group(group) => group
                .items
                .iter()
                .for_each(|tree| Self::paths(tree, before, found)),
        }
    }
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    let is_cfg_test = |attribute: &syn::Attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Path>()
                .is_ok_and(|path| path.is_ident("test"))
    };
    attributes.iter().any(is_cfg_test)
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            Item::Mod(module) if is_test(&module.attrs) => {}
            Item::Use(import) => {
                let mut found = Vec::new();
                Self::paths(&import.tree, &Vec::new(), &mut found);
                match import.vis {
                    syn::Visibility::Inherited => {
                        self.module
                            .named
                            .extend(found.into_iter().map(|(_, path)| path));
                    }
                    _ => self.module.passed_on.extend(found),
                }
            }
            _ => visit::visit_item(self, item),
        }
    }

    /// `pub(super)` imports nothing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names = path.segments.iter();
        self.module
            .named
            .push(names.map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, found),
            false if path.extension().is_some_and(|end| end == "rs") => found.push(path),
            false => {}
        }
    }
}

fn read(source: &Path) -> Modules {
    let mut found = Vec::new();
    files(source, &mut found);
    let mut modules = Modules::new();
    for file in found {
        let inside = file.strip_prefix(source).unwrap().with_extension("");
        let mut names: Names = inside
            .iter()
            .map(|name| name.to_str().unwrap().to_owned())
            .collect();
        if ["mod", "lib", "main"].contains(&names.last().unwrap().as_str()) {
            names.pop();
        }
        let text = fs::read_to_string(&file).unwrap();
        let parsed = syn::parse_file(&text).unwrap();
        let mut module = Module {
            file,
            ..Module::default()
        };
        Reader {
            module: &mut module,
        }
        .visit_file(&parsed);
        modules.insert(names, module);
    }
    modules
}

/// A path that is written in `here`, from the root of the crate; `None` for other crates' and local names.
fn from_root(modules: &Modules, here: &Names, path: &[String]) -> Option<Names> {
    match path.first()?.as_str() {
        "crate" => Some(path[1..].to_vec()),
        "self" => Some([here.as_slice(), &path[1..]].concat()),
        "super" => {
            let up = path.iter().take_while(|name| *name == "super").count();
            let from = here.get(..here.len().checked_sub(up)?)?;
            Some([from, &path[up..]].concat())
        }
        first => {
            let child = [here.as_slice(), &[first.to_owned()]].concat();
            modules
                .contains_key(&child)
                .then(|| [here.as_slice(), path].concat())
        }
    }
}

/// The module in which what `path` names is defined.
fn defined(modules: &Modules, path: &[String], depth: usize) -> Option<Names> {
    let most = (0..=path.len())
        .rev()
        .find(|&length| modules.contains_key(&path[..length]))?;
    let module = path[..most].to_vec();
    let Some(item) = path.get(most) else {
        return Some(module);
    };
    let passed_on = modules[&module].passed_on.get(item);
    let further = passed_on.and_then(|from| from_root(modules, &module, from));
    match further {
        Some(further) if depth < 10 => {
            defined(modules, &[&further, &path[most + 1..]].concat(), depth + 1)
        }
        _ => Some(module),
    }
}

/// The modules that can be reached from each by imports.
fn reached(modules: &Modules) -> BTreeMap<&Names, BTreeSet<Names>> {
    let mut reached: BTreeMap<&Names, BTreeSet<Names>> = modules
        .iter()
        .map(|(here, module)| {
            let found = module.named.iter().filter_map(|path| {
                let path = from_root(modules, here, path)?;
                defined(modules, &path, 0).filter(|other| other != here)
            });
            (here, found.collect())
        })
        .collect();
    loop {
        let mut grown = false;
        for here in modules.keys() {
            let next = reached[here]
                .iter()
                .flat_map(|other| reached[other].clone());
            let next: BTreeSet<Names> = next.collect();
            let own = reached.get_mut(here).unwrap();
            let before = own.len();
            own.extend(next);
            grown |= own.len() > before;
        }
        if !grown {
            return reached;
        }
    }
}

#[test]
fn no_file_imports_itself_through_others() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut circles = Vec::new();
    let mut imports = 0;
    for source in ["src", "plugins/openfx/src", "cli/src"] {
        let modules = read(&root.join(source));
        for (here, others) in reached(&modules) {
            imports += others.len();
            if others.contains(here) {
                circles.push(modules[here].file.display().to_string());
            }
        }
    }
    assert!(imports > 1000, "only {imports} imports were seen");
    assert!(circles.is_empty(), "in circles: {}", circles.join(", "));
}
