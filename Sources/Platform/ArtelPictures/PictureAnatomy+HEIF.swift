/// ISO/IEC 23008-12 and AVIF 1.1: boxes (ISO/IEC 14496-12), among them the properties of items, of which
/// the primary one is the picture.
extension PictureAnatomy {
  /// The most that may be said about the items, in bytes; hundreds of tiles take a few thousand.
  private static let metaLimit = 1 << 20

  mutating func readHEIF(_ bytes: [UInt8]) throws(PictureError) {
    var file = ByteCursor(bytes)
    while !file.isAtEnd {
      let box = try Box(&file)
      guard box.type == "meta" else { continue }
      guard box.content.count <= Self.metaLimit else { throw .damaged }
      var properties = PrimaryProperties()
      try properties.read(ByteCursor(bytes, in: box.content))
      (widthPixels, heightPixels) = try properties.size()
      return
    }
    throw .damaged
  }

  private struct Box {
    let type: String
    let content: Range<Int>

    init(_ cursor: inout ByteCursor) throws(PictureError) {
      let start = cursor.position
      var length = try cursor.big(4)
      type = String(decoding: cursor.bytes[try cursor.take(4)], as: UTF8.self)
      // 1: the length follows, with 8 bytes. 0: all that is left.
      if length == 1 {
        guard try cursor.big(4) == 0 else { throw .damaged }
        length = try cursor.big(4)
      } else if length == 0 {
        length = cursor.end - start
      }
      content = try cursor.take(length - (cursor.position - start))
    }
  }

  private struct PrimaryProperties {
    private var primary: Int?
    private var properties: [(type: String, content: Range<Int>)] = []
    /// Of each item, from 1 in `properties`.
    private var indices: [Int: [Int]] = [:]
    private var bytes: [UInt8] = []

    mutating func read(_ meta: ByteCursor) throws(PictureError) {
      var meta = meta
      bytes = meta.bytes
      try meta.take(4)
      while !meta.isAtEnd {
        let box = try Box(&meta)
        var content = ByteCursor(bytes, in: box.content)
        switch box.type {
        case "pitm": primary = try content.big(try content.big(4) >> 24 == 0 ? 2 : 4)
        case "iprp": try readProperties(&content)
        default: break
        }
      }
    }

    private mutating func readProperties(_ content: inout ByteCursor) throws(PictureError) {
      while !content.isAtEnd {
        let box = try Box(&content)
        var inner = ByteCursor(bytes, in: box.content)
        switch box.type {
        case "ipco":
          while !inner.isAtEnd {
            let property = try Box(&inner)
            properties.append((property.type, property.content))
          }
        case "ipma": try readAssociations(&inner)
        default: break
        }
      }
    }

    private mutating func readAssociations(_ content: inout ByteCursor) throws(PictureError) {
      let versionAndFlags = try content.big(4)
      let itemWidth = versionAndFlags >> 24 == 0 ? 2 : 4
      let indexWidth = versionAndFlags & 1 == 0 ? 1 : 2
      // The highest bit says that the property is essential.
      let mask = indexWidth == 1 ? 0x7F : 0x7FFF
      for _ in 0..<(try content.big(4)) {
        let item = try content.big(itemWidth)
        for _ in 0..<(try content.big(1)) {
          indices[item, default: []].append(try content.big(indexWidth) & mask)
        }
      }
    }

    /// As seen upright.
    func size() throws(PictureError) -> (width: Int, height: Int) {
      guard let primary, let indices = indices[primary] else { throw .damaged }
      var size: (width: Int, height: Int)?
      for index in indices where index >= 1 && index <= properties.count {
        let property = properties[index - 1]
        var content = ByteCursor(bytes, in: property.content)
        switch property.type {
        case "ispe":
          try content.take(4)
          size = (try content.big(4), try content.big(4))
        case "irot":
          // Turns follow the size that they change.
          guard let unturned = size else { throw .damaged }
          if try content.big(1) & 1 == 1 { size = (unturned.height, unturned.width) }
        default: break
        }
      }
      guard let size else { throw .damaged }
      return size
    }
  }
}
