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
        var reader = new Reader(headers);
        var fault = reader.Read(planned);
        problem = reader.Bad ?? fault.Problem();
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

    private sealed class Reader(IHeaderDictionary headers)
    {
        /// <summary>What a header that makes no sense should be.</summary>
        public string? Bad { get; private set; }

        public Fault Read(Fault planned) => new()
        {
            LatencyMs = Number("Latency-Ms", planned.LatencyMs),
            FirstTokenLatencyMs = Number("First-Token-Latency-Ms", planned.FirstTokenLatencyMs),
            TokenIntervalMs = Number("Token-Interval-Ms", planned.TokenIntervalMs),
            ByteIntervalMs = Number("Byte-Interval-Ms", planned.ByteIntervalMs),
            Status = Number("Status", planned.Status),
            RetryAfterS = Number("Retry-After-S", planned.RetryAfterS),
            Refusal = Name("Refusal", planned.Refusal),
            CutAfterTokens = Number("Cut-After-Tokens", planned.CutAfterTokens),
            CutBy = Name("Cut-By", planned.CutBy),
            MalformedAfterTokens = Number("Malformed-After-Tokens", planned.MalformedAfterTokens),
            Usage = Name("Usage", planned.Usage),
            StreamUsage = Name("Stream-Usage", planned.StreamUsage),
            PaddingBytes = Number("Padding-Bytes", planned.PaddingBytes),
            PaddingDepth = Number("Padding-Depth", planned.PaddingDepth),
            OutputTokens = Number("Output-Tokens", planned.OutputTokens),
            ExcessOutputTokens = Number("Excess-Output-Tokens", planned.ExcessOutputTokens),
            InputTokens = Number("Input-Tokens", planned.InputTokens),
            ReasoningTokens = Number("Reasoning-Tokens", planned.ReasoningTokens),
            CachedTokens = Number("Cached-Tokens", planned.CachedTokens),
            CacheWriteTokens = Number("Cache-Write-Tokens", planned.CacheWriteTokens),
            CacheWriteHourTokens = Number("Cache-Write-Hour-Tokens", planned.CacheWriteHourTokens),
            ServiceTier = headers[Prefix + "Service-Tier"] is [{ Length: > 0 } tier] ? tier : planned.ServiceTier,
        };

        private int? Number(string name, int? planned)
        {
            var text = headers[Prefix + name].ToString();
            if (text.Length == 0)
            {
                return planned;
            }
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            {
                return value;
            }
            Bad = $"{Prefix}{name} must be a whole number";
            return null;
        }

        private TEnum? Name<TEnum>(string name, TEnum? planned)
            where TEnum : struct, Enum
        {
            var text = headers[Prefix + name].ToString();
            if (text.Length == 0)
            {
                return planned;
            }
            foreach (var value in Enum.GetValues<TEnum>())
            {
                if (text == System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()))
                {
                    return value;
                }
            }
            Bad = $"{Prefix}{name} is not one of {string.Join(", ", Enum.GetNames<TEnum>().Select(System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName))}";
            return null;
        }
    }
}
