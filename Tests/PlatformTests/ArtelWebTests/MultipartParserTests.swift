import NIOCore
import Testing

@testable import ArtelWeb

@Suite("The multipart parser")
struct MultipartParserTests {
  private let boundary = "----x42"

  private var sample: [UInt8] {
    var bytes = Array("preamble, ignored\r\n".utf8)
    func line(_ text: String) { bytes += Array("\(text)\r\n".utf8) }
    line("------x42")
    line("Content-Disposition: form-data; name=\"title\"")
    line("")
    line("Привет\r\n--\r\n----x4")
    line("------x42  \t")
    line("content-disposition:form-data;name=image;filename=\"C:\\fakepath\\cat.png\"")
    line("Content-Type: image/png")
    line("")
    bytes += [0, 13, 10, 45, 45, 13, 13, 10, 255, 13]
    line("")
    line("------x42")
    line("Content-Disposition: form-data; name=\"empty\"")
    line("")
    line("")
    bytes += Array("------x42--\r\nepilogue\r\n------x42\r\n".utf8)
    return bytes
  }

  /// A readable trace in which neighboring chunks are one.
  private func trace(
    _ pieces: [[UInt8]],
    limits: MultipartLimits = MultipartLimits()
  ) throws -> [String] {
    var parser = MultipartParser(boundary: boundary, limits: limits)
    var trace: [String] = []
    var body: [UInt8]?
    for piece in pieces {
      for event in try parser.consume(ByteBuffer(bytes: piece)) {
        switch event {
        case .began(let part):
          trace.append("\(part.name) \(part.filename ?? "-") \(part.contentType ?? "-")")
          body = []
        case .chunk(let chunk):
          #expect(chunk.readableBytes > 0)
          body?.append(contentsOf: chunk.readableBytesView)
        case .ended:
          trace.append("\(body ?? [])")
          body = nil
        case .finished: trace.append("finished")
        }
      }
    }
    try parser.finish()
    return trace
  }

  private var expected: [String] {
    [
      "title - -", "\(Array("Привет\r\n--\r\n----x4".utf8))", "image cat.png image/png",
      "\([0, 13, 10, 45, 45, 13, 13, 10, 255, 13])", "empty - -", "[]", "finished",
    ]
  }

  @Test func `splits a body into its parts`() throws {
    #expect(try trace([sample]) == expected)
  }

  @Test func `finds the same wherever the body is cut in two`() throws {
    let bytes = sample
    for cut in 0...bytes.count {
      #expect(try trace([Array(bytes[..<cut]), Array(bytes[cut...])]) == expected, "cut at \(cut)")
    }
  }

  @Test(arguments: 1...40)
  func `finds the same in pieces of any size`(size: Int) throws {
    let bytes = sample
    let pieces = stride(from: 0, to: bytes.count, by: size).map {
      Array(bytes[$0..<min($0 + size, bytes.count)])
    }

    #expect(try trace(pieces) == expected)
  }

  @Test func `finds the same in any three pieces`() throws {
    let bytes = sample
    for first in stride(from: 0, to: bytes.count, by: 5) {
      for second in stride(from: first, to: bytes.count, by: 3) {
        let pieces = [
          Array(bytes[..<first]), Array(bytes[first..<second]), Array(bytes[second...]),
        ]
        #expect(try trace(pieces) == expected)
      }
    }
  }

  @Test func `needs the closing boundary`() throws {
    let bytes = sample
    let end = bytes.count - "--\r\nepilogue\r\n------x42\r\n".utf8.count

    #expect(throws: MultipartError.truncated) { try trace([Array(bytes[..<end])]) }
  }

  @Test func `accepts a body without parts`() throws {
    #expect(try trace([Array("------x42--".utf8)]) == ["finished"])
  }

  @Test(arguments: [
    "------x42\r\n\r\nbody\r\n------x42--",
    "------x42\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n\r\n------x42--",
    "------x42\r\nContent-Disposition: form-data\r\n\r\n\r\n------x42--",
    "------x42\r\nContent-Disposition: form-data; name=\"a\r\n\r\n\r\n------x42--",
    "------x42\r\nContent-Disposition: form-data; name=\"a\" b\r\n\r\n\r\n------x42--",
    "------x42\r\nno colon\r\n\r\n\r\n------x42--",
    "------x42junk\r\n",
    "------x42-x",
    "------x42\r\nContent-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64\r\n\r\n",
  ])
  func `refuses a malformed body`(text: String) {
    #expect(throws: MultipartError.self) { try trace([Array(text.utf8)]) }
    #expect(throws: MultipartError.self) { try trace(text.utf8.map { [$0] }) }
  }

  @Test func `keeps every limit`() {
    func limits(_ change: (inout MultipartLimits) -> Void) -> MultipartLimits {
      var limits = MultipartLimits()
      change(&limits)
      return limits
    }
    let cases: [(MultipartLimits, MultipartError)] = [
      (limits { $0.parts = 2 }, .tooManyParts),
      (limits { $0.headerBytes = 40 }, .headerTooLarge),
      (limits { $0.fieldBytes = 10 }, .fieldTooLarge(name: "title")),
      (limits { $0.fileBytes = 9 }, .fileTooLarge(name: "image", filename: "cat.png")),
      (limits { $0.totalBytes = 100 }, .bodyTooLarge),
    ]
    for (limits, error) in cases {
      #expect(throws: error) { try trace([sample], limits: limits) }
      #expect(throws: error) { try trace(sample.map { [$0] }, limits: limits) }
    }
  }

  @Test func `stays broken once it is`() throws {
    var parser = MultipartParser(boundary: boundary)
    #expect(throws: MultipartError.self) {
      _ = try parser.consume(ByteBuffer(string: "------x42junk"))
    }
    #expect(throws: MultipartError.self) { _ = try parser.consume(ByteBuffer(bytes: sample)) }
    #expect(throws: MultipartError.self) { try parser.finish() }
  }

  @Test func `hands large bodies on without copying them`() throws {
    var parser = MultipartParser(boundary: boundary)
    _ = try parser.consume(
      ByteBuffer(
        string: "------x42\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n"
      )
    )
    let block = ByteBuffer(repeating: 7, count: 65_536)

    let events = try parser.consume(block)

    #expect(events == [.chunk(block)])
  }

  @Test(arguments: [
    ("form-data; name=\"a\\\"b\"", "a\"b"), ("form-data; name=\"a%22b\"", "a\"b"),
    ("form-data; name=\"имя\"", "имя"), ("FORM-DATA; NAME = x ;", "x"),
  ])
  func `reads names`(header: String, name: String) throws {
    let block = Array("Content-Disposition: \(header)\r\n".utf8)

    #expect(try MultipartPart(headerBlock: block).name == name)
  }

  @Test(arguments: [
    ("filename=\"cat.png\"", "cat.png"), ("filename=\"../../etc/passwd\"", "passwd"),
    ("filename=\"C:\\dir\\a.png\"", "a.png"), ("filename=\"\"", ""),
    ("filename=\"x\"; filename*=UTF-8''%D0%BA%D0%BE%D1%82.png", "кот.png"),
    ("filename*=UTF-8''..%2Fa.png", "a.png"), ("filename=\"a\u{1}b\"", "ab"),
    ("filename=\"x\"; filename*=UTF-8''%FF", "x"),
  ])
  func `reads file names as names, not paths`(parameter: String, filename: String) throws {
    let block = Array("Content-Disposition: form-data; name=f; \(parameter)\r\n".utf8)

    #expect(try MultipartPart(headerBlock: block).filename == filename)
  }

  @Test(arguments: [
    ("multipart/form-data; boundary=abc", "abc"), ("multipart/form-data; boundary=\"a b\"", "a b"),
    ("multipart/form-data; charset=utf-8; Boundary=x;", "x"), ("multipart/form-data", nil),
    ("multipart/form-data; boundary=", nil), ("multipart/form-data; boundary=a\u{7F}", nil),
    ("multipart/form-data; boundary=\(String(repeating: "x", count: 71))", nil),
  ])
  func `reads the boundary`(header: String, boundary: String?) {
    #expect(MultipartBoundary(header)?.text == boundary)
  }
}
