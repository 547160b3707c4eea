import ArtelJobs
import ArtelTesting
import Foundation
import Testing

@testable import Gallery

@Suite("Forgetting answers")
struct ForgetAnswersTests {
  @Test func `the job forgets answers whose time is over, however often it is done`() async throws {
    let site = try await TestGallery.make()
    try await site.db.write(
      """
      insert into web.idempotent_requests (key_digest, fingerprint, status, body, stored_at)
      select sha256(n::text::bytea), sha256('body'), 201, '{}', \(TestClock.testStart) - interval '1 day' * n
      from generate_series(0, 3) as n
      """
    )
    let runner = JobRunner(
      db: site.db.database,
      handlers: site.gallery.jobHandlers,
      logger: Workbench.logger
    )

    for _ in 1...2 {
      try await site.db.database.transaction { tx in _ = try await tx.enqueue(ForgetAnswers()) }
      #expect(try await runner.drain() == 1)
    }

    #expect(try await site.db.read("select from web.idempotent_requests").count == 1)
  }
}
