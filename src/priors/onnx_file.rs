//! A first look into an ONNX file, before ONNX Runtime gets it.
//!
//! ONNX is a protocol buffer. Nothing here understands a network: it walks the messages that can hold
//! tensors or nodes and refuses what would make the runtime open another file. Field numbers are those
//! of `onnx.proto` (ONNX 1.21).

/// Subgraphs nest, so messages do; the files people have stay below 30.
const DEEPEST: usize = 64;

/// A message type of interest.
#[derive(Clone, Copy, PartialEq)]
enum Message {
    Model,
    Training,
    Function,
    Graph,
    Node,
    Attribute,
    SparseTensor,
    Tensor,
}

impl Message {
    /// The type of the message in this field, if it must be walked.
    fn child(self, field: u64) -> Option<Message> {
        Some(match (self, field) {
            (Message::Model, 7) => Message::Graph,
            (Message::Model, 20) => Message::Training,
            (Message::Model, 25) => Message::Function,
            (Message::Training, 1 | 2) => Message::Graph,
            (Message::Function, 7) => Message::Node,
            (Message::Function, 11) => Message::Attribute,
            (Message::Graph, 1) => Message::Node,
            (Message::Graph, 5) => Message::Tensor,
            (Message::Graph, 15) => Message::SparseTensor,
            (Message::Node, 5) => Message::Attribute,
            (Message::Attribute, 5 | 10) => Message::Tensor,
            (Message::Attribute, 6 | 11) => Message::Graph,
            (Message::Attribute, 22 | 23) => Message::SparseTensor,
            (Message::SparseTensor, 1 | 2) => Message::Tensor,
            _ => return None,
        })
    }
}

/// Checks that the bytes are one whole ONNX model that stands alone.
///
/// The error completes a sentence about the file.
pub fn check(bytes: &[u8]) -> Result<(), String> {
    let mut has_graph = false;
    walk(bytes, Message::Model, 0, &mut has_graph)?;
    match has_graph {
        true => Ok(()),
        false => Err("is not an ONNX model: it has no graph".to_owned()),
    }
}

fn walk(
    mut bytes: &[u8],
    message: Message,
    depth: usize,
    has_graph: &mut bool,
) -> Result<(), String> {
    if depth > DEEPEST {
        return Err(format!("nests more than {DEEPEST} levels deep"));
    }
    while !bytes.is_empty() {
        let tag = varint(&mut bytes)?;
        let field = tag >> 3;
        match tag & 7 {
            0 => {
                let value = varint(&mut bytes)?;
                if message == Message::Tensor && field == 14 && value == 1 {
                    return Err(external());
                }
            }
            1 => drop(take(&mut bytes, 8)?),
            2 => {
                let length = varint(&mut bytes)?;
                let content = take(&mut bytes, length)?;
                match (message, field) {
                    (Message::Tensor, 13) => return Err(external()),
                    (Message::Node, 4) if content == b"EPContext" => {
                        return Err(
                            "contains a compiled node (EPContext), which is not portable \
                                    and can name other files; export the plain model"
                                .to_owned(),
                        );
                    }
                    _ => {}
                }
                if let Some(child) = message.child(field) {
                    *has_graph |= message == Message::Model && child == Message::Graph;
                    walk(content, child, depth + 1, has_graph)?;
                }
            }
            5 => drop(take(&mut bytes, 4)?),
            _ => return Err(damaged()),
        }
    }
    Ok(())
}

fn varint(bytes: &mut &[u8]) -> Result<u64, String> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(bytes, 1)?[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(damaged())
}

fn take<'a>(bytes: &mut &'a [u8], length: u64) -> Result<&'a [u8], String> {
    let length = usize::try_from(length).map_err(|_| damaged())?;
    let (taken, rest) = bytes.split_at_checked(length).ok_or_else(damaged)?;
    *bytes = rest;
    Ok(taken)
}

fn damaged() -> String {
    "is truncated, damaged or not an ONNX model".to_owned()
}

fn external() -> String {
    "keeps weights in another file (external data); save the model as one file".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One length-delimited field.
    fn field(number: u8, content: &[u8]) -> Vec<u8> {
        let mut bytes = vec![number << 3 | 2];
        match content.len() {
            short @ 0..0x80 => bytes.push(short as u8),
            long => bytes.extend([long as u8 | 0x80, (long >> 7) as u8]),
        }
        bytes.extend_from_slice(content);
        bytes
    }

    #[test]
    fn external_data_is_found_wherever_tensors_stand() {
        let tensor = [14 << 3, 1];
        let attribute = field(5, &tensor);
        let node = field(5, &attribute);
        let places = [
            field(5, &tensor),                                  // initializer
            field(1, &node),                                    // attribute of a node
            field(1, &field(5, &field(6, &field(5, &tensor)))), // initializer of a subgraph
        ];
        for graph in places {
            let model = field(7, &graph);
            assert!(check(&model).unwrap_err().contains("external data"));
        }
        let inline = field(7, &field(5, &[14 << 3, 0]));
        assert_eq!(check(&inline), Ok(()));
    }

    proptest::proptest! {
        #[test]
        fn damaged_files_never_panic(position in 0..4695_usize, byte: u8, length in 0..4695_usize) {
            let mut bytes = include_bytes!("../../tests/data/tiny-prior/network.onnx").to_vec();
            bytes[position] = byte;
            bytes.truncate(length);
            let _ = check(&bytes);
        }
    }

    #[test]
    fn compiled_nodes_are_refused() {
        let model = field(7, &field(1, &field(4, b"EPContext")));
        assert!(check(&model).unwrap_err().contains("EPContext"));
    }

    #[test]
    fn what_is_no_whole_model_is_refused() {
        let model = field(7, &field(1, &field(4, b"Relu")));
        for length in 1..model.len() {
            assert!(check(&model[..length]).is_err(), "cut to {length}");
        }
        assert!(check(b"").is_err());
        assert!(check(b"\x7fELF\x02\x01\x01").is_err());
        assert!(check(&[0xff; 32]).is_err());
        let mut deep = Vec::new();
        for _ in 0..20 {
            deep = field(1, &field(5, &field(6, &deep)));
        }
        assert!(check(&field(7, &deep)).is_ok());
        for _ in 0..10 {
            deep = field(1, &field(5, &field(6, &deep)));
        }
        assert!(check(&field(7, &deep)).unwrap_err().contains("levels"));
    }
}
