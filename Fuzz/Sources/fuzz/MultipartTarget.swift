import NIOCore

/// The parser finds the same wherever its input is cut, and keeps its limits.
///
/// The first byte chooses where to cut; the boundary is `x42`, as in the corpus.
func fuzzMultipart(_ bytes: [UInt8]) {
  guard let seed = bytes.first else { return }
  let body = Array(bytes.dropFirst())
  var limits = MultipartLimits()
  limits.parts = 8
  limits.headerBytes = 256
  limits.fieldBytes = 64
  limits.fileBytes = 512
  limits.totalBytes = 2048
  let whole = parts(of: [body], limits)
  guard whole != .failure(.bodyTooLarge) else { return }
  expect(parts(of: pieces(of: body, seed), limits) == whole, "The cut changes what is found.")
  guard case .success(let parts) = whole else { return }
  expect(parts.count <= limits.parts, "Too many parts were let in.")
  for part in parts {
    let limit = part.head.filename == nil ? limits.fieldBytes : limits.fileBytes
    expect(part.content.count <= limit, "A part is longer than allowed.")
    let name = part.head.filename ?? ""
    expect(!name.contains("/") && !name.contains("\\"), "A file's name has folders.")
    expect(name.unicodeScalars.count <= 255, "A file's name is too long.")
  }
}

private struct Part: Equatable {
  let head: MultipartPart
  var content: [UInt8] = []
}

private func parts(
  of pieces: [[UInt8]],
  _ limits: MultipartLimits
) -> Result<[Part], MultipartError> {
  var parser = MultipartParser(boundary: "x42", limits: limits)
  var parts: [Part] = []
  var isInPart = false
  var isFinished = false
  do throws(MultipartError) {
    for piece in pieces {
      for event in try parser.consume(ByteBuffer(bytes: piece)) {
        expect(!isFinished, "Something follows the end.")
        switch event {
        case .began(let head):
          expect(!isInPart, "A part begins within another.")
          isInPart = true
          parts.append(Part(head: head))
        case .chunk(let bytes):
          expect(isInPart && bytes.readableBytes > 0, "A chunk belongs to no part, or is empty.")
          parts[parts.count - 1].content.append(contentsOf: bytes.readableBytesView)
        case .ended:
          expect(isInPart, "A part ends that did not begin.")
          isInPart = false
        case .finished: isFinished = true
        }
      }
    }
    try parser.finish()
    expect(isFinished && !isInPart, "A body ended within a part.")
    return .success(parts)
  } catch {
    return .failure(error)
  }
}

/// Cuts bytes at places that depend on the seed; 0 cuts everywhere.
private func pieces(of bytes: [UInt8], _ seed: UInt8) -> [[UInt8]] {
  var pieces: [[UInt8]] = []
  var rest = bytes[...]
  var state = UInt32(seed)
  while !rest.isEmpty {
    state = state &* 1_664_525 &+ 1_013_904_223
    let length = seed == 0 ? 1 : Int(state >> 24) % 40 + 1
    pieces.append(Array(rest.prefix(length)))
    rest = rest.dropFirst(length)
  }
  return pieces
}
