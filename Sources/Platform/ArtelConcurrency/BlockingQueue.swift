import CLinux
import Glibc

/// The bounded queue of a ``BlockingPool`` and the threads that empty it.
///
/// Threads hold the queue, not the pool, so that releasing the pool ends them.
///
/// `@unchecked Sendable`: every stored variable is touched only between `pthread_mutex_lock` and
/// `pthread_mutex_unlock` of `mutex`; the two pointers are constant and live as long as the object.
final class BlockingQueue: @unchecked Sendable {
  private let threadName: String
  private let threadLimit: Int
  private let queueLimit: Int
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let hasWork: UnsafeMutablePointer<pthread_cond_t>

  /// Work in order of arrival; before `head` only nil.
  private var waiting: [(any BlockingWork)?] = []
  private var head = 0
  private var threads = 0
  private var busyThreads = 0
  private var isClosed = false

  init(threadName: String, threadLimit: Int, queueLimit: Int) {
    self.threadName = String(decoding: threadName.utf8.prefix(15), as: UTF8.self)
    self.threadLimit = threadLimit
    self.queueLimit = queueLimit
    mutex = .allocate(capacity: 1)
    mutex.initialize(to: pthread_mutex_t())
    pthread_mutex_init(mutex, nil)
    hasWork = .allocate(capacity: 1)
    hasWork.initialize(to: pthread_cond_t())
    pthread_cond_init(hasWork, nil)
  }

  deinit {
    pthread_cond_destroy(hasWork)
    hasWork.deallocate()
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  func append(_ work: any BlockingWork) throws(BlockingPoolError) {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    guard !isClosed else { throw .stopped }
    let unclaimed = waiting.count - head
    guard unclaimed < queueLimit + threadLimit - busyThreads else { throw .full }
    if unclaimed >= threads - busyThreads, threads < threadLimit {
      guard startThread() || threads > 0 else { throw .noThread }
    }
    waiting.append(work)
    pthread_cond_signal(hasWork)
  }

  var activity: BlockingPool.Activity {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return BlockingPool.Activity(busyThreads: busyThreads, waiting: waiting.count - head)
  }

  /// Takes out work whose waiter has gone, so that it does not count against the limit.
  func remove(_ work: any BlockingWork) {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    if let index = waiting[head...].firstIndex(where: { $0 === work }) {
      waiting.remove(at: index)
    }
  }

  func close() {
    pthread_mutex_lock(mutex)
    isClosed = true
    let refused = waiting[head...]
    waiting = []
    head = 0
    pthread_cond_broadcast(hasWork)
    pthread_mutex_unlock(mutex)
    for work in refused {
      work?.refuse(.stopped)
    }
  }

  /// Called with the mutex held.
  private func startThread() -> Bool {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(self)
    let status = pthread_create(
      &thread,
      nil,
      { context in
        guard let context else { return nil }
        Unmanaged<BlockingQueue>.fromOpaque(context).takeRetainedValue().work()
        return nil
      },
      context.toOpaque()
    )
    guard status == 0 else {
      context.release()
      return false
    }
    pthread_detach(thread)
    threads += 1
    return true
  }

  private func work() {
    artel_name_thread(threadName)
    while let work = next() {
      work.perform()
      pthread_mutex_lock(mutex)
      busyThreads -= 1
      pthread_mutex_unlock(mutex)
    }
  }

  /// Waits for work; nil when the queue is closed.
  private func next() -> (any BlockingWork)? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while head == waiting.count {
      guard !isClosed else { return nil }
      pthread_cond_wait(hasWork, mutex)
    }
    let work = waiting[head]
    waiting[head] = nil
    head += 1
    busyThreads += 1
    if head == waiting.count {
      waiting.removeAll(keepingCapacity: true)
      head = 0
    } else if head >= 64, head * 2 >= waiting.count {
      waiting.removeFirst(head)
      head = 0
    }
    return work
  }
}
