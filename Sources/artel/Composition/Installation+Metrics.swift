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
  }
}
