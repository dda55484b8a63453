using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Platform.Export.Objects;

/// <summary>Healthy while the embedded store's folder takes a file.</summary>
internal sealed class DirectoryHealthCheck(IOptions<ExportOptions> options) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var folder = Path.Combine(options.Value.Directory, FolderObjectStore.IncomingFolder);
        try
        {
            Directory.CreateDirectory(folder);
            await using var probe = new FileStream(
                Path.Combine(folder, $"health-{Guid.NewGuid():N}"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            await probe.WriteAsync(new byte[1], cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, $"Export:Directory '{options.Value.Directory}' takes no file.", exception);
        }
    }
}
