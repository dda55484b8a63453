using System.Globalization;

namespace Platform.ProviderSimulator.Faults;

/// <summary>Reads the <c>X-Sim-*</c> headers of one request over what the administrator has set.</summary>
internal static class FaultHeaders
{
    private const string Prefix = "X-Sim-";

    /// <summary>The fault of this request; <paramref name="problem"/> says which header is wrong, null when none is.</summary>
    public static Fault Read(IHeaderDictionary headers, Fault planned, out string? problem)
    {
        problem = null;
        // Most requests carry none, and this is on the path of benchmarks.
        if (!Any(headers))
        {
            return planned;
        }
        string? bad = null;
        int? Header(string name, int? fallback)
        {
            var text = headers[Prefix + name].ToString();
            if (text.Length == 0)
            {
                return fallback;
            }
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            {
                return value;
            }
            bad = $"{Prefix}{name} must be a whole number";
            return null;
        }
        var fault = new Fault
        {
            LatencyMs = Header("Latency-Ms", planned.LatencyMs),
            FirstTokenLatencyMs = Header("First-Token-Latency-Ms", planned.FirstTokenLatencyMs),
            TokenIntervalMs = Header("Token-Interval-Ms", planned.TokenIntervalMs),
            Status = Header("Status", planned.Status),
            RetryAfterS = Header("Retry-After-S", planned.RetryAfterS),
            CutAfterTokens = Header("Cut-After-Tokens", planned.CutAfterTokens),
            OutputTokens = Header("Output-Tokens", planned.OutputTokens),
            CachedTokens = Header("Cached-Tokens", planned.CachedTokens),
        };
        problem = bad ?? fault.Problem();
        return fault;
    }

    private static bool Any(IHeaderDictionary headers)
    {
        foreach (var header in headers)
        {
            if (header.Key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }
        return false;
    }
}
