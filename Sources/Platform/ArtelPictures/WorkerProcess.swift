import CLinux
import Glibc
import Synchronization

/// One running worker: a process of its own, spoken to through a socket.
///
/// ``exchange(_:timeLimit:)`` blocks and is called by one thread at a time; ``kill()`` by any.
final class WorkerProcess: Sendable {
  enum Failure: Error {
    /// It ended or broke the protocol.
    case gone
    case tookTooLong
  }

  /// Text a worker may leave behind for the log, in bytes.
  private static let textLimitBytes = 4096

  let processID: pid_t
  private let socket: Int32
  private let errors: Int32
  /// False once the process was waited for: its number may then belong to another.
  private let isAlive = Mutex(true)

  /// Starts the program; the thread that calls must outlive the worker, which dies with it.
  ///
  /// - Throws: The number of the system's error.
  init(program: String, arguments: [String], environment: [String: String]) throws(SystemFailure) {
    let (socket, workerSocket) = try Self.socketPair()
    let (errors, workerErrors): (Int32, Int32)
    do {
      // A worker that writes more than anybody reads loses text instead of time.
      (errors, workerErrors) = try Self.socketPair(options: SOCK_NONBLOCK.rawValue)
    } catch {
      close(socket)
      close(workerSocket)
      throw error
    }
    defer {
      close(workerSocket)
      close(workerErrors)
    }
    do {
      processID = try Self.spawn(
        program,
        arguments,
        environment,
        input: workerSocket,
        output: workerErrors
      )
    } catch {
      close(socket)
      close(errors)
      throw error
    }
    self.socket = socket
    self.errors = errors
  }

  deinit {
    end()
    close(socket)
    close(errors)
  }

  /// Whether it waits for a request: an idle worker that can be read from has ended.
  var isReady: Bool {
    var poll = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    return Glibc.poll(&poll, 1, 0) == 0
  }

  /// Sends a request and waits for the reply.
  func exchange(_ request: [UInt8], timeLimit: Duration) throws(Failure) -> WorkerMessage.Reply {
    try send(request)
    let deadline = ContinuousClock.now + timeLimit
    var reply: [UInt8] = []
    while true {
      let remaining = deadline - ContinuousClock.now
      guard remaining > .zero else { throw .tookTooLong }
      var poll = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
      let milliseconds = Int32(clamping: Int((remaining / .milliseconds(1)).rounded(.up)))
      guard Glibc.poll(&poll, 1, milliseconds) > 0 else { continue }
      let piece = try receive()
      reply += piece
      guard reply.count >= 4 else { continue }
      let count = reply[..<4].reversed().reduce(0) { $0 << 8 | Int($1) }
      guard count <= WorkerMessage.replyLimitBytes, reply.count <= count + 4 else { throw .gone }
      if reply.count == count + 4 {
        guard let reply = WorkerMessage.Reply(Array(reply[4...])) else { throw .gone }
        return reply
      }
    }
  }

  /// What it wrote for the log since the last call.
  func takeText() -> String {
    var text = [UInt8](repeating: 0, count: Self.textLimitBytes)
    let count = recv(errors, &text, text.count, Int32(MSG_DONTWAIT))
    return String(decoding: text.prefix(max(0, count)), as: UTF8.self)
  }

  /// Ends it without waiting; a running exchange fails at once.
  func kill() {
    isAlive.withLock { isAlive in
      if isAlive {
        _ = Glibc.kill(processID, SIGKILL)
      }
    }
  }

  /// Ends it, waits until it has ended, and says how it ended, the first time.
  @discardableResult
  func end() -> String? {
    isAlive.withLock { isAlive in
      guard isAlive else { return nil }
      isAlive = false
      _ = Glibc.kill(processID, SIGKILL)
      var status = Int32(0)
      while waitpid(processID, &status, 0) < 0, errno == EINTR {}
      let signal = status & 0x7F
      return signal == 0 ? "exit status \(status >> 8 & 0xFF)" : "signal \(signal)"
    }
  }

  private func send(_ request: [UInt8]) throws(Failure) {
    let isSent = request.withUnsafeBytes { bytes in
      var rest = bytes
      while !rest.isEmpty {
        let count = Glibc.send(socket, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
        if count > 0 {
          rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        } else if errno != EINTR {
          return false
        }
      }
      return true
    }
    guard isSent else { throw .gone }
  }

  private func receive() throws(Failure) -> ArraySlice<UInt8> {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = recv(socket, &buffer, buffer.count, 0)
    guard count > 0 else {
      guard count < 0, errno == EINTR else { throw .gone }
      return []
    }
    return buffer[..<count]
  }

  private static func socketPair(options: UInt32 = 0) throws(SystemFailure) -> (Int32, Int32) {
    var pair: [Int32] = [-1, -1]
    let type = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | options
    guard socketpair(AF_UNIX, Int32(type), 0, &pair) == 0 else { throw SystemFailure(errno) }
    return (pair[0], pair[1])
  }

  private static func spawn(
    _ program: String,
    _ arguments: [String],
    _ environment: [String: String],
    input: Int32,
    output: Int32
  ) throws(SystemFailure) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO)
    posix_spawn_file_actions_addclosefrom_np(&actions, 3)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    // A group of its own: Ctrl-C in a terminal must not end it before the requests are drained.
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)
    )

    var processID = pid_t()
    let status = withCStrings([program] + arguments) { arguments in
      withCStrings(environment.map { "\($0.key)=\($0.value)" }) { environment in
        posix_spawn(&processID, program, &actions, &attributes, arguments, environment)
      }
    }
    guard status == 0 else { throw SystemFailure(status) }
    return processID
  }
}

/// The number of a failed system call, and its text.
struct SystemFailure: Error, CustomStringConvertible {
  let number: Int32

  init(_ number: Int32) {
    self.number = number
  }

  var description: String { String(cString: strerror(number)) }
}

/// Lends the texts as C wants them: a list of pointers with a null at the end.
private func withCStrings<Result>(
  _ texts: [String],
  _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
  let copies = texts.map { strdup($0) }
  defer {
    for copy in copies {
      free(copy)
    }
  }
  return body(copies + [nil])
}
