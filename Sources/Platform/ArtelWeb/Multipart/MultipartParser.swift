public import NIOCore

/// Splits a `multipart/form-data` body into its parts, as a pure value: bytes in, events out.
///
/// It keeps at most one header block and never a body: bytes of a part come out as slices of what
/// was fed. How a body is cut into buffers changes only how chunks are cut. Source: RFC 2046,
/// 5.1.1; RFC 7578.
public struct MultipartParser: Sendable {
  /// What the parser found.
  public enum Event: Sendable, Equatable {
    /// A part begins.
    case began(MultipartPart)
    /// Bytes of the part; never empty.
    case chunk(ByteBuffer)
    /// The part is complete.
    case ended
    /// The closing boundary was read; what follows it is ignored.
    case finished
  }

  private enum State {
    case preamble
    case delimiter(Tail)
    case headers
    case body
    case epilogue
    case failed(MultipartError)
  }

  /// What was read behind a boundary.
  private enum Tail {
    case nothing
    case dash
    case padding
    case carriageReturn
  }

  private let delimiter: [UInt8]
  private let limits: MultipartLimits
  private var state = State.preamble
  private var part: MultipartPart?
  private var partBytes = 0
  private var totalBytes = 0
  private var parts = 0
  private var header: [UInt8] = []

  /// How many bytes of the delimiter the last bytes match.
  ///
  /// The carriage return stands only at its beginning, so after a mismatch nothing but a new
  /// carriage return can begin another match, and the matched bytes need not be kept: they equal
  /// the delimiter's.
  private var matched: Int

  /// Makes a parser for one body.
  ///
  /// - Parameters:
  ///   - boundary: From the `Content-Type` header, without dashes in front.
  ///   - limits: What the body may bring.
  public init(boundary: String, limits: MultipartLimits = MultipartLimits()) {
    delimiter = Array("\r\n--\(boundary)".utf8)
    self.limits = limits
    // The first boundary may stand at the very beginning, without the line break.
    matched = 2
  }

  /// Takes the next bytes.
  ///
  /// - Throws: ``MultipartError``; after that every call throws the same.
  public mutating func consume(_ buffer: ByteBuffer) throws(MultipartError) -> [Event] {
    if case .failed(let error) = state { throw error }
    var events: [Event] = []
    do throws(MultipartError) {
      totalBytes += buffer.readableBytes
      guard totalBytes <= limits.totalBytes else { throw .bodyTooLarge }
      var rest = buffer
      while rest.readableBytes > 0 {
        try advance(&rest, &events)
      }
      return events
    } catch {
      state = .failed(error)
      throw error
    }
  }

  /// Tells the parser that the body is over.
  ///
  /// - Throws: ``MultipartError/truncated`` unless the closing boundary was read.
  public func finish() throws(MultipartError) {
    switch state {
    case .epilogue: return
    case .failed(let error): throw error
    default: throw .truncated
    }
  }

  private mutating func advance(
    _ rest: inout ByteBuffer,
    _ events: inout [Event]
  ) throws(MultipartError) {
    switch state {
    case .preamble, .body: try scan(&rest, &events)
    case .delimiter(let tail):
      guard let byte = rest.readInteger(as: UInt8.self) else { return }
      try read(byte, after: tail, &events)
    case .headers:
      guard let byte = rest.readInteger(as: UInt8.self) else { return }
      try readHeader(byte, &events)
    case .epilogue: rest.moveReaderIndex(to: rest.writerIndex)
    case .failed(let error): throw error
    }
  }

  /// Reads up to the end of the next delimiter, or all there is.
  private mutating func scan(
    _ rest: inout ByteBuffer,
    _ events: inout [Event]
  ) throws(MultipartError) {
    let view = rest.readableBytesView
    var index = view.startIndex
    // Bytes of this buffer known to belong to the part's body end here.
    var bodyEnd = index
    while index < view.endIndex, matched < delimiter.count {
      if view[index] == delimiter[matched] {
        matched += 1
        index += 1
        continue
      }
      if matched > index - view.startIndex {
        // The match began in an earlier buffer: those bytes were held back.
        let held = matched - (index - view.startIndex)
        try emit(ByteBuffer(bytes: delimiter[..<held]), &events)
      }
      matched = 0
      bodyEnd = view[index...].firstIndex(of: 13) ?? view.endIndex
      index = bodyEnd
    }
    if matched == 0 { bodyEnd = index }
    let length = bodyEnd - view.startIndex
    if length > 0, let slice = rest.readSlice(length: length) {
      try emit(slice, &events)
    }
    rest.moveReaderIndex(forwardBy: index - bodyEnd)
    guard matched == delimiter.count else { return }
    matched = 0
    if part != nil {
      events.append(.ended)
      part = nil
    }
    state = .delimiter(.nothing)
  }

  private mutating func emit(
    _ bytes: ByteBuffer,
    _ events: inout [Event]
  ) throws(MultipartError) {
    guard let part else { return }
    partBytes += bytes.readableBytes
    if let filename = part.filename {
      guard partBytes <= limits.fileBytes else {
        throw .fileTooLarge(name: part.name, filename: filename)
      }
    } else {
      guard partBytes <= limits.fieldBytes else { throw .fieldTooLarge(name: part.name) }
    }
    events.append(.chunk(bytes))
  }

  private mutating func read(
    _ byte: UInt8,
    after tail: Tail,
    _ events: inout [Event]
  ) throws(MultipartError) {
    switch (tail, byte) {
    case (.nothing, UInt8(ascii: "-")): state = .delimiter(.dash)
    case (.dash, UInt8(ascii: "-")):
      state = .epilogue
      events.append(.finished)
    case (.nothing, 0x20), (.nothing, 9), (.padding, 0x20), (.padding, 9):
      state = .delimiter(.padding)
    case (.nothing, 13), (.padding, 13): state = .delimiter(.carriageReturn)
    case (.carriageReturn, 10):
      parts += 1
      guard parts <= limits.parts else { throw .tooManyParts }
      header = []
      state = .headers
    default: throw .malformed("text behind a boundary")
    }
  }

  private mutating func readHeader(
    _ byte: UInt8,
    _ events: inout [Event]
  ) throws(MultipartError) {
    header.append(byte)
    guard header.count <= limits.headerBytes else { throw .headerTooLarge }
    guard byte == 10, header == [13, 10] || header.hasSuffix("\r\n\r\n") else { return }
    let part = try MultipartPart(headerBlock: Array(header.dropLast(2)))
    self.part = part
    partBytes = 0
    header = []
    events.append(.began(part))
    state = .body
  }
}

extension [UInt8] {
  fileprivate func hasSuffix(_ text: StaticString) -> Bool {
    text.withUTF8Buffer { count >= $0.count && suffix($0.count).elementsEqual($0) }
  }
}
