/// What a picture's container says, and which of its bytes a cleaned copy keeps.
///
/// Found by walking the container from its first byte to its end mark; pixels are not decoded. The
/// copy consists of what is known to be needed: anything else, named or unnamed, and all bytes
/// after the end mark are left out, so that a file with a second meaning (a picture that is an
/// archive too) loses it. HEIF is measured only: its pixels are encoded anew, in another format.
struct PictureAnatomy: Hashable, Sendable {
  /// A part of the cleaned copy.
  enum Piece: Hashable, Sendable {
    case kept(Range<Int>)
    case made([UInt8])
  }

  let format: AcceptedPicture
  /// As stored, before the orientation is applied.
  var widthPixels = 0
  /// As stored, before the orientation is applied.
  var heightPixels = 0
  var frames = 1
  /// As in EXIF: 1 is upright, 5 to 8 swap width and height.
  var orientation = 1
  private(set) var pieces: [Piece] = []

  init(_ format: AcceptedPicture) {
    self.format = format
  }

  /// The format in which the cleaned copy is stored; nil when the pixels have to be encoded anew.
  var storedFormat: PictureFormat? {
    guard case .stored(let format) = format else { return nil }
    return format
  }

  /// Reads a whole file.
  ///
  /// - Throws: `empty`, `unsupportedType` or `damaged`.
  static func read(_ bytes: [UInt8]) throws(PictureError) -> PictureAnatomy {
    guard !bytes.isEmpty else { throw .empty }
    guard case .picture(let format) = PictureSniffer.look(at: bytes) else {
      guard case .other(let name) = PictureSniffer.look(at: bytes) else { throw .damaged }
      throw .unsupportedType(found: name)
    }
    var anatomy = PictureAnatomy(format)
    switch format {
    case .stored(.jpeg): try anatomy.readJPEG(bytes)
    case .stored(.png): try anatomy.readPNG(bytes)
    case .stored(.gif): try anatomy.readGIF(bytes)
    case .stored(.webp): try anatomy.readWebP(bytes)
    case .heif: try anatomy.readHEIF(bytes)
    }
    guard anatomy.widthPixels > 0, anatomy.heightPixels > 0 else { throw .damaged }
    if anatomy.frames > 1 {
      // Browsers do not turn animations.
      anatomy.orientation = 1
    }
    return anatomy
  }

  var header: PictureHeader {
    let isOnSide = orientation >= 5
    return PictureHeader(
      format: format,
      widthPixels: isOnSide ? heightPixels : widthPixels,
      heightPixels: isOnSide ? widthPixels : heightPixels,
      frames: frames
    )
  }

  mutating func keep(_ range: Range<Int>) {
    if case .kept(let last)? = pieces.last, last.upperBound == range.lowerBound {
      pieces[pieces.count - 1] = .kept(last.lowerBound..<range.upperBound)
    } else if !range.isEmpty {
      pieces.append(.kept(range))
    }
  }

  mutating func insert(_ bytes: [UInt8], at index: Int? = nil) {
    pieces.insert(.made(bytes), at: index ?? pieces.count)
  }

  /// Length of the cleaned copy.
  var sizeBytes: Int {
    pieces.reduce(0) { sum, piece in
      switch piece {
      case .kept(let range): sum + range.count
      case .made(let bytes): sum + bytes.count
      }
    }
  }
}
