/// A picture's cleaned copy lies within it, and is a picture of the same kind and size whose copy is
/// itself; HEIF has no copy, and is measured only.
func fuzzPictures(_ bytes: [UInt8]) {
  guard let anatomy = try? PictureAnatomy.read(bytes), anatomy.format != .heif else { return }
  let copy = cleaned(anatomy, of: bytes)
  expect(copy.count == anatomy.sizeBytes, "The copy has another length than was said.")
  guard let again = try? PictureAnatomy.read(copy) else {
    fatalError("The copy cannot be read.")
  }
  expect(
    again.format == anatomy.format && again.frames == anatomy.frames
      && again.widthPixels == anatomy.widthPixels && again.heightPixels == anatomy.heightPixels,
    "The copy is another picture."
  )
  expect(cleaned(again, of: copy) == copy, "The copy of the copy is another one.")
}

private func cleaned(_ anatomy: PictureAnatomy, of bytes: [UInt8]) -> [UInt8] {
  anatomy.pieces.flatMap { piece in
    switch piece {
    case .kept(let range): Array(bytes[range])
    case .made(let made): made
    }
  }
}
