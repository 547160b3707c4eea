import Testing

@testable import ArtelCluster

@Suite("postmaster.pid")
struct PostmasterFileTests {
  @Test func `a ready postmaster tells its process and its socket`() {
    let file = PostmasterFile(
      "4711\n/data/postgres\n1700000000\n5432\n/data/socket\n\n  1234567     12\nready   \n"
    )

    #expect(file?.processID == 4711)
    #expect(file?.socketDirectory == "/data/socket")
    #expect(file?.status == .ready)
  }

  @Test func `a postmaster that has just begun tells its process alone`() {
    let file = PostmasterFile("4711\n/data/postgres\n1700000000\n5432\n")

    #expect(file?.processID == 4711)
    #expect(file?.socketDirectory == nil)
    #expect(file?.status == nil)
  }

  @Test(arguments: ["", "\n", "-12\n", "word\n"])
  func `a file without a process is none`(_ text: String) {
    #expect(PostmasterFile(text) == nil)
  }
}
