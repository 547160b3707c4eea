import ArtelConcurrency
import FoundationEssentials
import Glibc
import Synchronization

/// Brings a private cluster up, step by step; every function blocks.
struct ClusterStart: Sendable {
  /// A cluster that accepts connections.
  struct Running: Sendable {
    let postmaster: ChildProcess
    let installation: PostgresInstallation
    let socketDirectory: String
    let isAdopted: Bool
    /// Whether an adopted postmaster was told to read its files again; it does so soon.
    let isReloading: Bool
  }

  let options: PrivateCluster.Options
  let dataDirectory: String
  /// The account that owns the files and runs the postmaster.
  let owner: SystemUser
  /// The account of this process.
  let caller: SystemUser
  private let isCancelled: CancellationFlag

  var clusterDirectory: String { dataDirectory + "/postgres" }
  private var logDirectory: String { dataDirectory + "/log" }
  private var startupLog: String { logDirectory + "/startup.log" }
  private var fileOwner: SystemUser? { owner == caller ? nil : owner }

  init(_ options: PrivateCluster.Options, isCancelled: CancellationFlag) throws {
    self.options = options
    self.isCancelled = isCancelled
    dataDirectory = try DataDirectory.absolute(options.dataDirectory)
    caller = try SystemUser.current()
    owner = options.runAs ?? caller
    guard owner.userID != 0 else {
      throw ClusterError(
        .userUnusable,
        "PostgreSQL does not run as root. Start the server as an ordinary user, or let it change to the "
          + "system user artel (bin/setup makes it)."
      )
    }
    guard owner == caller || caller.userID == 0 else {
      throw ClusterError(
        .userUnusable,
        "Only root may run the cluster as \(owner.name); this is \(caller.name)."
      )
    }
  }

  /// Takes the right to the directory, which must be held during ``run()``.
  func lock() throws -> DataDirectoryLock {
    try DataDirectory.prepare(dataDirectory, for: owner)
    return switch options.tenure {
    case .exclusive: try DataDirectoryLock.acquire(dataDirectory)
    case .shared: try DataDirectoryLock.waitingTurn(dataDirectory)
    }
  }

  /// Adopts the postmaster that runs, or makes the cluster if there is none and starts it.
  func run() throws -> Running {
    let installation = try prepareCluster()
    if let running = try adopt(installation) { return running }
    try clearAway()
    let socketDirectory = try SocketDirectory.prepare(
      for: SystemCall.resolved(dataDirectory),
      owner: owner
    )
    try writeSettings(socketDirectory: socketDirectory)
    let postmaster = try startPostmaster(installation)
    do {
      try awaitReadiness(of: postmaster)
    } catch is CancellationError {
      postmaster.signal(SIGINT)
      throw CancellationError()
    }
    return Running(
      postmaster: postmaster,
      installation: installation,
      socketDirectory: socketDirectory,
      isAdopted: false,
      isReloading: false
    )
  }

  /// The postmaster that runs in the directory, if any.
  static func livePostmaster(in clusterDirectory: String) -> (
    process: ChildProcess, file: PostmasterFile
  )? {
    guard let file = PostmasterFile.read(in: clusterDirectory),
      let process = ChildProcess.existing(file.processID),
      // After a crash of the machine the number may belong to any other program.
      ServerProcesses.isAtWork(file.processID, in: clusterDirectory)
    else { return nil }
    return (process, file)
  }

  // MARK: Making

  private func prepareCluster() throws -> PostgresInstallation {
    try SystemCall.makeDirectory(logDirectory, owner: fileOwner)
    if SystemCall.status(of: clusterDirectory) != nil {
      try DataDirectory.requirePrivate(clusterDirectory, of: owner)
      return try PostgresInstallation.opening(
        cluster: clusterDirectory,
        in: options.installationRoot
      )
    }
    let installation = try PostgresInstallation.newest(in: options.installationRoot)
    try makeCluster(installation)
    return installation
  }

  /// Makes the cluster under another name first, so that a half-made one is never taken for whole.
  private func makeCluster(_ installation: PostgresInstallation) throws {
    let incomplete = clusterDirectory + ".incomplete"
    try clearAwayHalfMade(incomplete)
    var arguments = [
      "--pgdata=\(incomplete)", "--username=\(ClusterSettings.superuser)", "--encoding=UTF8",
      "--locale=C.UTF-8",
      "--data-checksums", "--auth-local=peer", "--auth-host=reject", "--no-instructions",
    ]
    if options.durability == .fast { arguments.append("--no-sync") }
    let outcome = try Tool.run(installation.path(of: "initdb"), arguments, as: owner)
    guard outcome.exitCode == 0 else {
      guard !isCancelled.isRaised else { throw CancellationError() }
      throw ClusterError(
        .startRefused,
        "PostgreSQL could not make its cluster in \(incomplete)."
          + explanation(Complaint.last(in: outcome.output))
      )
    }
    guard rename(incomplete, clusterDirectory) == 0 else {
      throw SystemCall.refusal("rename", incomplete)
    }
    try SystemCall.synchronize(directory: dataDirectory)
  }

  /// Removes what an interrupted start left; its `initdb` may work on when the server was killed.
  private func clearAwayHalfMade(_ incomplete: String) throws {
    guard SystemCall.status(of: incomplete) != nil else { return }
    let deadline = ContinuousClock.now + .seconds(10)
    while case let makers = ServerProcesses.making(incomplete), !makers.isEmpty {
      guard ContinuousClock.now < deadline else {
        throw ClusterError(
          .startRefused,
          "Process \(makers[0].processID) of a start that was interrupted still works in \(incomplete). "
            + "End it (`kill -KILL \(makers[0].processID)`), then start again."
        )
      }
      for maker in makers {
        maker.signal(SIGKILL)
        _ = maker.ends(within: 1_000)
      }
    }
    try FileManager.default.removeItem(atPath: incomplete)
  }

  // MARK: Adopting

  private func adopt(_ installation: PostgresInstallation) throws -> Running? {
    guard let (postmaster, file) = ClusterStart.livePostmaster(in: clusterDirectory) else {
      return nil
    }
    if file.status != .stopping {
      try awaitReadiness(of: postmaster)
      let ready = PostmasterFile.read(in: clusterDirectory)
      if let directory = ready?.socketDirectory,
        SystemCall.status(of: SocketDirectory.socket(in: directory)) != nil
      {
        let isReloading = try writeSettings(socketDirectory: directory)
        if isReloading { postmaster.signal(SIGHUP) }
        return Running(
          postmaster: postmaster,
          installation: installation,
          socketDirectory: directory,
          isAdopted: true,
          isReloading: isReloading
        )
      }
      // Somebody cleaned the socket away: nobody can reach this postmaster any more.
      postmaster.signal(SIGINT)
    }
    try ClusterStart.stop(postmaster, within: options.stopTimeout)
    return nil
  }

  /// Waits for the server processes of a postmaster that was killed, then removes its file.
  ///
  /// They notice and leave by themselves; PostgreSQL refuses to start while one of them holds the
  /// shared memory. It also refuses when the file names a process that lives, although the number
  /// may be somebody else's after a restart of the machine or the container, and when the file is
  /// empty. A postmaster whose file somebody removed is found here, too.
  private func clearAway() throws {
    let orphans = ServerProcesses.atWork(in: clusterDirectory)
    for orphan in orphans where !orphan.ends(within: 2_000) {
      orphan.signal(SIGQUIT)
      guard orphan.ends(within: 5_000) else {
        throw ClusterError(
          .startRefused,
          "Process \(orphan.processID) of a PostgreSQL that was killed still works in \(clusterDirectory). "
            + "End it (`kill -QUIT \(orphan.processID)`), then start again."
        )
      }
    }
    let file = clusterDirectory + "/postmaster.pid"
    guard unlink(file) == 0 || errno == ENOENT else { throw SystemCall.refusal("remove", file) }
  }

  // MARK: Starting

  @discardableResult
  private func writeSettings(socketDirectory: String) throws -> Bool {
    let settings = ClusterSettings(
      socketDirectory: socketDirectory,
      logDirectory: logDirectory,
      durability: options.durability,
      memoryMebibytes: MachineMemory.mebibytes(),
      systemUsers: owner == caller ? [owner.name] : [owner.name, caller.name],
      roles: options.contexts
    )
    let files = [
      ("postgresql.conf", settings.configuration), ("pg_hba.conf", settings.authentication),
      ("pg_ident.conf", settings.identities),
    ]
    var isChanged = false
    for (name, text) in files
    where try SystemCall.write(text, to: "\(clusterDirectory)/\(name)", owner: fileOwner) {
      isChanged = true
    }
    return isChanged
  }

  private func startPostmaster(_ installation: PostgresInstallation) throws -> ChildProcess {
    let log = open(startupLog, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard log >= 0 else { throw SystemCall.refusal("write", startupLog) }
    defer { close(log) }
    return try ChildProcess.start(
      ChildProcess.Command(
        executable: installation.path(of: "postgres"),
        arguments: ["-D", clusterDirectory],
        outputDescriptor: log,
        leadsSession: true,
        user: owner
      )
    )
  }

  private func awaitReadiness(of postmaster: ChildProcess) throws {
    let deadline = ContinuousClock.now + options.startTimeout
    while true {
      if let file = PostmasterFile.read(in: clusterDirectory),
        file.processID == postmaster.processID,
        file.status == .ready
      {
        return
      }
      guard !isCancelled.isRaised else { throw CancellationError() }
      guard !postmaster.ends(within: 5) else {
        postmaster.reap()
        throw ClusterError(.startRefused, "PostgreSQL did not start.\(explanation(lastWords))")
      }
      guard ContinuousClock.now < deadline else {
        throw ClusterError(
          .startTimeout,
          "PostgreSQL is not ready after \(options.startTimeout); it may be recovering from a crash. It goes on: "
            + "start the server again in a while. Its log is in \(logDirectory)."
        )
      }
    }
  }

  /// Why PostgreSQL gave up, from what this start alone has written: at first there, and once its
  /// log is open, in the day's log behind the line that every start begins with.
  private var lastWords: Complaint? {
    let logs = (SystemCall.names(in: logDirectory) ?? [])
      .filter { $0.hasPrefix("postgresql-") }
      .map { logDirectory + "/" + $0 }
    let newest = logs.max { modified($0) < modified($1) }.flatMap(SystemCall.contents) ?? ""
    let begin = newest.ranges(of: "LOG:  starting PostgreSQL").last?.lowerBound
    return Complaint.last(in: SystemCall.contents(of: startupLog) ?? "")
      ?? begin.flatMap { Complaint.last(in: String(newest[$0...])) }
  }

  /// What goes into a refusal behind its first sentence.
  private func explanation(_ complaint: Complaint?) -> String {
    let reason = complaint.map { " It says: \($0.text)." } ?? ""
    let advice = complaint?.advice(about: dataDirectory, owner: owner.name).map { " " + $0 } ?? ""
    return reason + advice + " Its log is in \(logDirectory)."
  }

  private func modified(_ path: String) -> Int {
    SystemCall.status(of: path)?.st_mtim.tv_sec ?? 0
  }

  // MARK: Stopping

  /// Ends a postmaster: its clients are cut off and everything is written; past the time, at once.
  static func stop(_ postmaster: ChildProcess, within timeout: Duration) throws {
    postmaster.signal(SIGINT)
    if !postmaster.ends(within: Int32(clamping: timeout.milliseconds)) {
      postmaster.signal(SIGQUIT)
      guard postmaster.ends(within: 10_000) else {
        throw ClusterError(
          .stopTimeout,
          "PostgreSQL (process \(postmaster.processID)) does not stop, not even at once."
        )
      }
    }
    postmaster.reap()
  }
}

/// Tells blocking work that nobody waits for it any more.
final class CancellationFlag: Sendable {
  private let flag = Atomic(false)

  var isRaised: Bool { flag.load(ordering: .acquiring) }

  func raise() {
    flag.store(true, ordering: .releasing)
  }
}

extension Duration {
  fileprivate var milliseconds: Int64 {
    components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
  }
}
