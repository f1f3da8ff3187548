//! Reading TIFF and BigTIFF files, page by page.

use image::metadata::Orientation;

use super::super::metadata::exif::Exif;
use super::super::metadata::ifd::{Directory, Structure};
use super::super::metadata::{Metadata, Native, description, photoshop};
use super::super::page::{Failure, Limits, Page};
use super::super::{Note, Source};
use super::tiff_form::Form;
use super::tiff_tags as tags;

/// An open TIFF file.
pub(in crate::image::files) struct TiffFile {
    structure: Structure<Source>,
    /// The directories of the pages that are pictures, or go along with them.
    pages: Vec<Directory>,
    /// What is said of the file as a whole.
    pub notes: Vec<Note>,
}

impl TiffFile {
    /// Finds the pages.
    pub(in crate::image::files) fn open(source: Source) -> Result<Self, Failure> {
        let mut structure = Structure::new(source).ok_or("is damaged: no TIFF header")?;
        let mut notes = Vec::new();
        let mut pages = Vec::new();
        let (mut reduced, mut below) = (0, 0);
        for offset in structure.chain() {
            let page = structure.directory(offset).map_err(|e| e.to_string())?;
            let is_reduced = page.number(254).is_some_and(|kind| kind & 1 == 1);
            let children = page.numbers(tags::SUB_DIRECTORIES);
            refuse_raw(
                &mut structure,
                &page,
                &children,
                is_reduced && pages.is_empty(),
            )?;
            below += children.len();
            match is_reduced {
                true => reduced += 1,
                false => pages.push(page),
            }
        }
        if pages.is_empty() {
            return Err("is damaged or truncated: no page can be found".to_owned());
        }
        if reduced + below > 0 {
            notes.push(Note::new(format!(
                "{} smaller copies of its pages are left out; they show them as they were",
                reduced + below
            )));
        }
        let text = pages[0].field(tags::DESCRIPTION).map(|field| field.text());
        if let Some(count) = text.as_deref().and_then(description::imagej_count)
            && count > pages.len()
            && pages.len() == 1
        {
            return Err(format!(
                "holds {count} pictures in one block, as ImageJ writes large stacks; save it with one \
                 page per picture"
            ));
        }
        Ok(TiffFile {
            structure,
            pages,
            notes,
        })
    }

    /// Whether offsets have 64 bits.
    pub(in crate::image::files) fn is_big(&self) -> bool {
        self.structure.is_big
    }

    pub(in crate::image::files) fn pages(&self) -> usize {
        self.pages.len()
    }

    /// Decodes a page.
    pub(in crate::image::files) fn read(
        &mut self,
        index: usize,
        limits: Limits,
    ) -> Result<Page, Failure> {
        let directory = self.pages[index].clone();
        let form = Form::of(&directory)?;
        let size = (form.width, form.height);
        limits.check(size.0, size.1, form.samples * form.kind.bytes())?;
        let raster = form.decode(self.structure.source(), &directory, limits)?;
        let exif = Exif::read(&mut self.structure, &directory);
        let value = |tag| directory.field(tag).map(|field| field.value.clone());
        let profile = value(tags::PROFILE);
        let description = directory.field(tags::DESCRIPTION).map(|field| field.text());
        let metadata = Metadata {
            exif: exif.to_block(),
            xmp: value(tags::XMP),
            resources: value(tags::RESOURCES)
                .or_else(|| value(tags::IPTC).map(|records| photoshop::of_iptc(&records))),
            texts: description
                .map(|text| vec![("Description".to_owned(), text)])
                .unwrap_or_default(),
            density: tags::density(&directory),
            native: Native::Tiff(directory.fields.clone()),
        };
        let mut page = form.page(raster, profile, metadata)?;
        page.is_carried = directory.number(254).is_some_and(|kind| kind & 4 == 4);
        page.orientation = directory
            .number(274)
            .and_then(|value| Orientation::from_exif(u8::try_from(value).ok()?))
            .unwrap_or(Orientation::NoTransforms);
        if directory.field(tags::LAYERS).is_some() {
            page.notes.push(Note::new(
                "its Photoshop layers are left out; the flattened picture is restored",
            ));
        }
        Ok(page)
    }
}

/// Refuses what a camera wrote undeveloped: its first page is a preview.
fn refuse_raw(
    structure: &mut Structure<Source>,
    page: &Directory,
    children: &[u64],
    is_preview: bool,
) -> Result<(), Failure> {
    let is_mosaic = |page: &Directory| matches!(page.number(262), Some(32_803 | 34_892));
    let mut is_raw = is_mosaic(page) || page.field(0xc612).is_some();
    if is_preview || page.field(0xc640).is_some() {
        for &child in children {
            let child = structure.directory(child).unwrap_or_default();
            is_raw |= is_mosaic(&child) || child.number(254) == Some(0);
        }
        is_raw |= page.field(0xc640).is_some();
    }
    match is_raw {
        true => {
            Err("is a camera's raw file, which is not read; develop it to TIFF first".to_owned())
        }
        false => Ok(()),
    }
}
