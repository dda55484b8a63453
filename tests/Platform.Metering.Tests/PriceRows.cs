using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Tests;

/// <summary>Makes prices that the book accepts.</summary>
internal static class PriceRows
{
    /// <param name="input">Nano-units per million tokens of every kind of input.</param>
    /// <param name="output">Of every kind of output.</param>
    /// <param name="from">Null: from now on.</param>
    public static PriceRow New(string model, long input, long output, DateTimeOffset? from = null) => new()
    {
        Provider = "openai", Model = model, Currency = "USD", InputPerMillion = input, CachedInputPerMillion = input, CacheWritePerMillion = input,
        CacheWrite1HPerMillion = input, OutputPerMillion = output, ReasoningPerMillion = output, Source = "test", EffectiveFrom = from.ToTimestampUtc(),
    };
}
