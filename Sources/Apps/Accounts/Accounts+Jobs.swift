public import AccountsContract
public import ArtelJobs
import ArtelWeb

extension Accounts {
  /// What does the app's jobs.
  public var jobHandlers: [JobHandler] {
    [
      JobHandler(ForgetExpired.self) { _, _ in
        try await requests.prune()
        try await forgetExpired()
        try await forgetKeys()
      },
      JobHandler(ForgetNotices.self) { _, _ in try await forgetNotices() },
      JobHandler(AnnounceTokenEnds.self) { _, _ in try await announceTokenEnds() },
      JobHandler(SendLetter.self) { job, run in try await send(job.letter, run) },
      JobHandler(ForgetLetters.self) { _, _ in try await forgetLetters() },
      JobHandler(ForgetExports.self) { _, _ in try await forgetExports() },
      JobHandler(FinishDepartures.self) { _, _ in try await finishDepartures() },
      JobHandler(ForgetTies.self) { job, run in try await job.run(in: self, run) },
      JobHandler(RemoveFiles.self) { job, _ in try await job.run(in: self) },
      JobHandler(PruneSystemLog.self) { _, _ in try await pruneLog() },
      JobHandler(inTransaction: RecordAct.self) { job, tx in try await job.run(in: tx) },
    ]
  }

  /// What makes archives of everything that some apps, which should be all, have of a member.
  public func exportHandler(of apps: [any MemberArchiveSource]) -> JobHandler {
    JobHandler(MakeExport.self) { job, run in
      guard let pictures else { throw JobRefusal("this server keeps no files") }
      try await job.run(in: self, pictures, of: apps, run)
    }
  }

  /// Which of its jobs come back, and when.
  public var jobSchedules: [JobSchedule] {
    [
      JobSchedule(ForgetExpired(), "* * * * *", missed: .skip),
      JobSchedule(ForgetNotices(), "17 * * * *", missed: .skip),
      JobSchedule(AnnounceTokenEnds(), "41 * * * *", missed: .skip),
      JobSchedule(ForgetLetters(), "23 * * * *", missed: .skip),
      JobSchedule(ForgetExports(), "29 * * * *", missed: .skip),
      JobSchedule(FinishDepartures(), "*/5 * * * *", missed: .skip),
      JobSchedule(PruneSystemLog(), "45 3 * * *"),
    ]
  }
}
