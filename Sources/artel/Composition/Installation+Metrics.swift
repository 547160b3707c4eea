import ArtelEvents
import ArtelJobs
import ArtelOperations
import ArtelPictures
import ArtelTelemetry

extension Installation {
  /// Names what operators see of this process besides what its parts count themselves.
  func registerMetrics() {
    let registry = stage.telemetry.metrics
    let machine = MachineMetrics()
    machine.register([stage.pool, passwordThreads, pictureThreads, workshop.pool], in: registry)
    machine.register(
      dataDirectory: stage.settings.dataDirectory,
      version: TelemetrySettings.version,
      pool: stage.pool,
      in: registry
    )
    ProcessMetrics().register(in: registry, pool: stage.pool)
    DatabaseMetrics().register(stage.databases, in: registry)
    let logs = Stage.contexts.map { EventLog($0, in: stage.database($0)) }
    EventMetrics().register(EventOverview(logs), in: registry)
    JobMetrics().register(
      Stage.contexts.map { JobQueue(in: stage.database($0)) },
      in: registry
    )
    CacheMetrics().register(cache, in: registry)
    StorageMetrics().register(blobs, in: registry)
  }
}
