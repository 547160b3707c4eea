/// Requests to the worker, and its replies; the protocol is described in `CPictures/Worker.c`.
enum WorkerMessage {
  /// The longest reply, in bytes, after the count of its bytes.
  static let replyLimitBytes = 64 << 10

  struct Thumbnail: Hashable {
    let boxPixels: Int
    let path: String
  }

  struct Preparation: Hashable {
    let format: AcceptedPicture
    let orientation: Int
    let quality: Int
    let isSquare: Bool
    let pixelLimit: Int
    let source: String
    /// Where the picture goes that is encoded anew; nil when `source` is upright and stays as it is.
    let encoded: String?
    /// Largest box first.
    let thumbnails: [Thumbnail]

    var request: [UInt8] {
      var writer = ByteWriter()
      writer.little(1, 1)
      writer.little(Self.numbers[format] ?? 0, 1)
      writer.little(orientation, 1)
      writer.little(quality, 1)
      writer.little(isSquare ? 1 : 0, 1)
      writer.little(pixelLimit, 8)
      writer.text(source)
      writer.text(encoded ?? "")
      writer.little(thumbnails.count, 1)
      for thumbnail in thumbnails {
        writer.little(thumbnail.boxPixels, 4)
        writer.text(thumbnail.path)
      }
      return writer.framed
    }

    private static let numbers: [AcceptedPicture: Int] = [
      .stored(.jpeg): 1, .stored(.png): 2, .stored(.gif): 3, .stored(.webp): 4, .heif: 5,
    ]
  }

  struct Painting: Hashable {
    let kind: Int
    let seed: UInt64
    let widthPixels: Int
    let heightPixels: Int
    let path: String

    var request: [UInt8] {
      var writer = ByteWriter()
      writer.little(2, 1)
      writer.little(kind, 4)
      writer.little(Int(bitPattern: UInt(seed)), 8)
      writer.little(widthPixels, 4)
      writer.little(heightPixels, 4)
      writer.text(path)
      return writer.framed
    }
  }

  enum Outcome: Int {
    case ok, damaged, tooManyPixels, unclean, disk, badRequest, unsupported
  }

  struct Reply {
    let outcome: Outcome
    let residentKiB: Int
    /// For the log; empty when all went well.
    let reason: String
    /// What follows when all went well.
    let rest: ByteCursor

    /// Nil when the bytes are no reply.
    init?(_ bytes: [UInt8]) {
      var cursor = ByteCursor(bytes)
      do {
        guard let outcome = Outcome(rawValue: try cursor.little(1)) else { return nil }
        self.outcome = outcome
        residentKiB = try cursor.little(4)
        reason =
          outcome == .ok
          ? "" : String(decoding: bytes[try cursor.take(try cursor.little(2))], as: UTF8.self)
        rest = cursor
      } catch {
        return nil
      }
    }
  }

  /// What a reply to a preparation holds.
  struct Prepared {
    let widthPixels: Int
    let heightPixels: Int
    let color: PictureColor
    let placeholder: [UInt8]?
    /// In the order of the request.
    let thumbnails: [PictureThumbnail]

    init(_ reply: Reply, to request: Preparation) throws(PictureError) {
      var cursor = reply.rest
      widthPixels = try cursor.little(4)
      heightPixels = try cursor.little(4)
      color = PictureColor(
        red: try cursor.byte(),
        green: try cursor.byte(),
        blue: try cursor.byte()
      )
      let placeholder = try cursor.take(try cursor.little(2))
      self.placeholder = placeholder.isEmpty ? nil : Array(cursor.bytes[placeholder])
      var thumbnails: [PictureThumbnail] = []
      for thumbnail in request.thumbnails {
        let file = PictureFile(
          path: thumbnail.path,
          widthPixels: try cursor.little(4),
          heightPixels: try cursor.little(4),
          sizeBytes: try cursor.little(4)
        )
        thumbnails.append(PictureThumbnail(boxPixels: thumbnail.boxPixels, file: file))
      }
      self.thumbnails = thumbnails
    }
  }
}

/// Builds a message.
private struct ByteWriter {
  private var bytes: [UInt8] = []

  mutating func little(_ number: Int, _ width: Int) {
    for index in 0..<width {
      bytes.append(UInt8(truncatingIfNeeded: number >> (8 * index)))
    }
  }

  mutating func text(_ text: String) {
    little(text.utf8.count, 2)
    bytes.append(contentsOf: text.utf8)
  }

  /// The message with the count of its bytes before it.
  var framed: [UInt8] {
    var prefix = ByteWriter()
    prefix.little(bytes.count, 4)
    return prefix.bytes + bytes
  }
}
