using System.Text.Json;
using Platform.ProviderSimulator.Faults;

namespace Platform.ProviderSimulator.Wire;

/// <summary>How one vendor's interface is spoken: its key, its requests, its answers and its errors. All else is the same for all.</summary>
internal abstract class Shape
{
    public abstract ProviderError MissingKey { get; }

    /// <summary>What a stream says when it fails in its middle.</summary>
    public abstract ProviderError StreamError { get; }

    /// <summary>Null when there is none.</summary>
    public abstract string? ReadKey(HttpRequest request);

    /// <summary>Reads a body; exactly one of the two results is not null.</summary>
    public abstract (ModelRequest? Request, ProviderError? Error) Read(HttpRequest http, JsonElement body);

    public abstract ProviderError BadRequest(string message);

    public abstract ProviderError Fault(int status);

    public abstract ProviderError Refusal(Refusal refusal);

    /// <summary>The answer in one JSON body.</summary>
    public abstract void WritePlain(Utf8JsonWriter writer, Call call);

    public abstract StreamEvents Stream(Call call);
}
