import CLinux
import Glibc

/// A program started by this process, and the handle that ends it without racing for its number.
final class ChildProcess: Sendable {
  /// How to start a program.
  struct Command: Sendable {
    /// The absolute path of the program.
    var executable: String
    var arguments: [String]
    /// Receives standard output and standard error; nothing else is inherited.
    var outputDescriptor: Int32?
    /// Whether the program leads a session of its own, out of reach of the terminal's Ctrl-C.
    var leadsSession = false
    /// The user it runs as; only root may choose another one.
    var user: SystemUser?
  }

  let processID: Int32
  private let handle: Int32

  private init(processID: Int32, handle: Int32) {
    self.processID = processID
    self.handle = handle
  }

  deinit {
    close(handle)
  }

  /// Starts a program with an environment of its own: nothing of `PG*`, `LANG` or `LC_*` reaches it.
  static func start(_ command: Command) throws -> ChildProcess {
    var executable = command.executable
    var arguments = [executable] + command.arguments
    if let user = command.user, user.userID != geteuid() {
      executable = "/usr/bin/setpriv"
      arguments =
        [executable, "--reuid=\(user.userID)", "--regid=\(user.groupID)", "--clear-groups", "--"]
        + arguments
    }
    var processID: pid_t = 0
    let status = try withSpawnSetup(command) { actions, attributes in
      withCStrings(arguments) { arguments in
        withCStrings(["PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"]) { environment in
          posix_spawn(&processID, executable, &actions, &attributes, arguments, environment)
        }
      }
    }
    guard status == 0 else {
      throw ClusterError(.systemCall, "Cannot start \(executable): \(SystemCall.reason(status)).")
    }
    let handle = pidfd_open(processID, 0)
    guard handle >= 0 else {
      throw ClusterError(.systemCall, "Cannot watch \(executable): \(SystemCall.reason()).")
    }
    return ChildProcess(processID: processID, handle: handle)
  }

  /// Takes a handle on a process that another process started, or nil when it has ended.
  static func existing(_ processID: Int32) -> ChildProcess? {
    let handle = pidfd_open(processID, 0)
    return handle >= 0 ? ChildProcess(processID: processID, handle: handle) : nil
  }

  /// Sends a signal; does nothing when the process has ended.
  func signal(_ number: Int32) {
    _ = pidfd_send_signal(handle, number, nil, 0)
  }

  /// Blocks until the process ends or the time is up; true when it has ended.
  func ends(within milliseconds: Int32) -> Bool {
    var watched = pollfd(fd: handle, events: Int16(POLLIN), revents: 0)
    return poll(&watched, 1, milliseconds) > 0
  }

  /// Blocks until the process ends; for children only.
  ///
  /// - Returns: The exit code; 128 and more when a signal ended it, as shells count.
  func wait() -> Int32 {
    var status: Int32 = 0
    while waitpid(processID, &status, 0) < 0 {
      guard errno == EINTR else { return -1 }
    }
    return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
  }

  /// Collects the exit status of a child that has ended; does nothing for other processes.
  func reap() {
    var status: Int32 = 0
    waitpid(processID, &status, WNOHANG)
  }

  private static func withSpawnSetup<Result>(
    _ command: Command,
    _ body: (inout posix_spawn_file_actions_t, inout posix_spawnattr_t) -> Result
  ) throws -> Result {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    if let output = command.outputDescriptor {
      posix_spawn_file_actions_adddup2(&actions, output, 1)
      posix_spawn_file_actions_adddup2(&actions, output, 2)
    } else {
      posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
      posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    }
    // Sockets that were opened without close-on-exec would live on in the postmaster.
    posix_spawn_file_actions_addclosefrom_np(&actions, 3)
    posix_spawn_file_actions_addchdir_np(&actions, "/")

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    var flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
    if command.leadsSession { flags |= POSIX_SPAWN_SETSID }
    posix_spawnattr_setflags(&attributes, Int16(flags))
    return body(&actions, &attributes)
  }

  private static func withCStrings<Result>(
    _ texts: [String],
    _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    let pointers = texts.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    let terminated = pointers + [nil]
    return terminated.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { preconditionFailure("the list ends with nil") }
      return body(start)
    }
  }
}
