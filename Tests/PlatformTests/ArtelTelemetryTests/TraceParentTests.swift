import Testing

@testable import ArtelTelemetry

@Suite("The header traceparent")
struct TraceParentTests {
  @Test(arguments: [true, false])
  func `is read and written again`(isSampled: Bool) throws {
    let text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0\(isSampled ? 1 : 0)"

    let parent = try #require(TraceParent(text))

    #expect(parent.description == text)
    #expect(parent.traceID == "0af7651916cd43dd8448eb211c80319c")
    #expect(parent.spanID == "b7ad6b7169203331")
    #expect(parent.isSampled == isSampled)
  }

  @Test(arguments: [
    "",
    "00",
    "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "0g-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
    "00-00000000000000000000000000000000-b7ad6b7169203331-01",
    "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
    "00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 ",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-x1",
    "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.more",
    "ёё-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  ])
  func `is refused when it is malformed`(text: String) {
    #expect(TraceParent(text) == nil)
  }

  @Test func `of a later version may have more`() {
    #expect(TraceParent("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03-more") != nil)
    #expect(TraceParent("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01") != nil)
  }
}
