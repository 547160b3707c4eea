import HTTPTypes
public import Hummingbird
import NIOCore

extension Request {
  /// Reads a `multipart/form-data` body as it arrives: text fields are collected, files handed
  /// over.
  ///
  /// ```swift
  /// let fields = try await request.multipart(limits: MultipartLimits(fileBytes: limit)) { file in
  ///   picture = try await pictures.stage(file)
  /// }
  /// let form = try PostForm.read(from: fields)
  /// ```
  /// - Parameters:
  ///   - limits: What the body may bring.
  ///   - receive: Called for every file in the order of the body, one at a time; what it does not
  ///     read is dropped. Not called for a file input that was left empty.
  /// - Returns: The text fields of the whole body.
  /// - Throws: ``MultipartError``, which answers 400 or 413; ``Problem/unsupportedMediaType``; what
  ///   `receive` throws.
  public func multipart(
    limits: MultipartLimits = MultipartLimits(),
    receive: (MultipartFile) async throws -> Void
  ) async throws -> FormSource {
    guard case .multipart = ContentType(headers),
      let boundary = MultipartBoundary(headers.firstValue(of: .contentType) ?? "")
    else { throw Problem.unsupportedMediaType }
    if let length = headers.firstValue(of: .contentLength).flatMap(Int.init),
      length > limits.totalBytes
    {
      throw MultipartError.bodyTooLarge
    }
    let parser = MultipartParser(boundary: boundary.text, limits: limits)
    let reader = MultipartReader(body: body, parser: parser)
    var fields = FormSource(texts: [])
    while let part = try await reader.nextPart() {
      if let filename = part.filename {
        guard !filename.isEmpty else { continue }
        try await receive(MultipartFile(part: part, reader: reader))
      } else {
        fields.append(try await reader.text(of: part), to: part.name)
      }
    }
    return fields
  }
}

/// The boundary of a multipart content type.
struct MultipartBoundary {
  let text: String

  /// Nil when there is none or it is not one of RFC 2046, 5.1.1: 1 to 70 of its characters.
  init?(_ contentType: String) {
    for parameter in contentType.split(separator: ";").dropFirst() {
      let pair = parameter.split(separator: "=", maxSplits: 1)
      guard pair.count == 2, pair[0].trimmingSpaces().lowercased() == "boundary" else { continue }
      var value = pair[1].trimmingSpaces()
      if value.count >= 2, value.first == "\"", value.last == "\"" {
        value = value.dropFirst().dropLast()
      }
      guard (1...70).contains(value.utf8.count), value.last != " ",
        value.utf8.allSatisfy(Self.isAllowed)
      else { return nil }
      text = String(value)
      return
    }
    return nil
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "'()+_,-./:=? ".utf8.contains(byte)
    }
  }
}

/// Feeds a request's body to a parser as the events are asked for.
final class MultipartReader {
  private var body: RequestBody.AsyncIterator
  private var parser: MultipartParser
  private var events: ArraySlice<MultipartParser.Event> = []
  private var isInPart = false

  init(body: RequestBody, parser: MultipartParser) {
    self.body = body.makeAsyncIterator()
    self.parser = parser
  }

  /// The next part, after dropping what is left of the present one; nil at the end of the body.
  func nextPart() async throws -> MultipartPart? {
    while isInPart {
      _ = try await nextChunk()
    }
    switch try await nextEvent() {
    case .began(let part):
      isInPart = true
      return part
    case .finished, .chunk, .ended, nil: return nil
    }
  }

  /// The next bytes of the present part; nil at its end.
  func nextChunk() async throws -> ByteBuffer? {
    guard isInPart else { return nil }
    if case .chunk(let bytes) = try await nextEvent() { return bytes }
    isInPart = false
    return nil
  }

  /// The whole present part as text.
  func text(of part: MultipartPart) async throws -> String {
    var bytes: [UInt8] = []
    while let chunk = try await nextChunk() {
      bytes.append(contentsOf: chunk.readableBytesView)
    }
    guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
      throw MultipartError.malformed("a field is not UTF-8 text")
    }
    return text
  }

  private func nextEvent() async throws -> MultipartParser.Event? {
    while events.isEmpty {
      guard let buffer = try await body.next() else {
        try parser.finish()
        return nil
      }
      events = try parser.consume(buffer)[...]
    }
    return events.popFirst()
  }
}
