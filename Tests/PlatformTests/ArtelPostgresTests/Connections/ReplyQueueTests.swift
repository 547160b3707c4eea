import Testing

@testable import ArtelPostgres

@Suite("What replies in a pipeline mean")
struct ReplyQueueTests {
  private typealias Queue = ReplyQueue<String, Int, String>

  private func queue(_ expected: Queue.Expected...) -> Queue {
    var queue = Queue()
    for next in expected { queue.expect(next) }
    return queue
  }

  private func actions(_ queue: inout Queue, _ replies: Queue.Reply...) -> [String] {
    replies.map { "\(queue.receive($0))" }
  }

  @Test func `answers go to the statements in the order they were sent`() {
    var queue = queue(.statement("a"), .statement("b"), .sync)

    let actions = actions(&queue, .value(1), .end, .value(2), .end, .sync)

    #expect(actions == ["answer(\"a\", 1)", "nothing", "answer(\"b\", 2)", "nothing", "idle"])
  }

  @Test func `statements behind a failed one are skipped, not failed`() {
    var queue = queue(.statement("a"), .statement("b"), .sync)

    let actions = actions(&queue, .failure("no"), .end, .skipped, .end, .sync)

    #expect(actions == ["fail(\"a\", \"no\")", "nothing", "skip(\"b\")", "nothing", "idle"])
  }

  @Test func `a statement fails with the error of its own preparation`() {
    let key = StatementKey(text: "selec", types: [])
    var queue = queue(.prepare(key), .statement("a"), .statement("b"), .sync)

    let actions = actions(&queue, .failure("syntax"), .end, .skipped, .end, .skipped, .end, .sync)

    #expect(actions[0].hasPrefix("forget"))
    #expect(
      Array(actions.dropFirst(2)) == [
        "fail(\"a\", \"syntax\")", "nothing", "skip(\"b\")", "nothing", "idle",
      ]
    )
  }

  @Test func `a preparation that was skipped is forgotten`() {
    let key = StatementKey(text: "select 1", types: [])
    var queue = queue(.statement("a"), .prepare(key), .statement("b"), .sync)

    let actions = actions(&queue, .failure("no"), .end, .skipped, .end, .skipped, .end, .sync)

    #expect(actions[2].hasPrefix("forget"))
    #expect(actions[4] == "skip(\"b\")")
  }

  @Test func `only the last sync makes the connection idle`() {
    var queue = queue(.statement("a"), .sync, .statement("b"), .sync)

    let actions = actions(&queue, .value(1), .end, .sync, .value(2), .end, .sync)

    #expect(actions.map { $0 == "idle" } == [false, false, false, false, false, true])
  }

  @Test func `a reply nobody waits for makes the connection unusable`() {
    var queue = queue()

    #expect("\(queue.receive(.value(1)))" == "confused")
  }

  @Test func `a lost connection gives back what was not answered`() {
    var queue = queue(.statement("a"), .statement("b"), .sync)
    _ = queue.receive(.value(1))

    #expect(queue.removeAll() == ["b"])
    #expect(queue.isEmpty)
  }
}
