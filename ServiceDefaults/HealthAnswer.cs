using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Platform.ServiceDefaults;

/// <summary>
/// What <c>/health</c> answers: <c>{"status": "healthy", "reasons": []}</c>. Degraded (200) means that the process does its work and something that it works with does not; unhealthy (503) that it
/// cannot. Reasons are sentences of the checks that are not well; they name no secrets, for anybody may ask.
/// </summary>
public sealed record HealthAnswer(string Status, IReadOnlyList<string> Reasons)
{
    internal static Task WriteAsync(HttpContext http, HealthReport report) => http.Response.WriteAsJsonAsync(
        new HealthAnswer(
            report.Status.ToString().ToLowerInvariant(),
            [.. report.Entries.Where(check => check.Value.Status != HealthStatus.Healthy).Select(check => $"{check.Key}: {Reason(check.Value)}")]),
        JsonSerializerOptions.Web);

    /// <summary>The bus leaves its sentence open when it knows no more.</summary>
    private static string Reason(HealthReportEntry check) =>
        (check.Description ?? "").TrimEnd(' ', ':') is { Length: > 0 } said ? said : check.Status.ToString();
}
