import ArtelJobs
import Foundation
import Testing

@Suite("Cron expressions")
struct CronScheduleTests {
  @Test(arguments: [
    ("* * * * *", "2026-03-01T12:00:00Z", "2026-03-01T12:01:00Z"),
    ("* * * * *", "2026-03-01T12:00:59Z", "2026-03-01T12:01:00Z"),
    ("15 3 * * *", "2026-03-01T03:14:59Z", "2026-03-01T03:15:00Z"),
    ("15 3 * * *", "2026-03-01T03:15:00Z", "2026-03-02T03:15:00Z"),
    ("*/20 * * * *", "2026-03-01T12:41:00Z", "2026-03-01T13:00:00Z"),
    ("5-20/10 22 * * *", "2026-03-01T22:05:30Z", "2026-03-01T22:15:00Z"),
    ("5-20/10 22 * * *", "2026-03-01T22:15:30Z", "2026-03-02T22:05:00Z"),
    ("0 0 1,15 * *", "2026-02-15T00:00:00Z", "2026-03-01T00:00:00Z"),
    ("30 6 * * 1", "2026-03-01T00:00:00Z", "2026-03-02T06:30:00Z"),
    ("0 0 * * 0", "2026-03-02T00:00:00Z", "2026-03-08T00:00:00Z"),
    ("0 0 * * 7", "2026-03-02T00:00:00Z", "2026-03-08T00:00:00Z"),
    ("0 0 13 * 5", "2026-03-01T00:00:00Z", "2026-03-06T00:00:00Z"),
    ("0 0 31 * *", "2026-04-01T00:00:00Z", "2026-05-31T00:00:00Z"),
    ("0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"),
    ("59 23 31 12 *", "2026-12-31T23:59:00Z", "2027-12-31T23:59:00Z"),
    ("0 0 29 2 *", "2097-01-01T00:00:00Z", "2104-02-29T00:00:00Z"),
  ])
  func `the next time is the first that every field allows`(
    expression: String,
    now: String,
    expected: String
  ) throws {
    let next = try CronSchedule(expression).next(after: try Date(now, strategy: .iso8601))

    #expect(next == (try Date(expected, strategy: .iso8601)))
  }

  @Test(arguments: [
    "", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *",
    "* * * 13 *", "* * * 0 *", "* * * * 8", "a * * * *", "5- * * * *", "-5 * * * *", "9-3 * * * *",
    "*/0 * * * *", "5/2 * * * *", "1,,2 * * * *", "+5 * * * *", "*/5/5 * * * *", "0 0 31 2 *",
    "0 0 30,31 2 *", "0 0 31 4,6 *", "** * * * *", "99999999999999999999 * * * *",
  ])
  func `what no date can match is refused`(expression: String) {
    #expect(throws: CronSchedule.Invalid.self) { try CronSchedule(expression) }
  }

  @Test func `a day of the week makes up for a day that no month has`() throws {
    let schedule = try CronSchedule("0 0 31 2 1")
    let next = schedule.next(after: try Date("2026-02-01T00:00:00Z", strategy: .iso8601))

    #expect(next == (try Date("2026-02-02T00:00:00Z", strategy: .iso8601)))
  }
}
