using System.Collections.ObjectModel;
using System.Text.Json;
using Microsoft.Extensions.Primitives;
using Platform.Contracts;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Calls;

/// <summary>What a call is for, in its caller's words: its workload class, and tags by which reports and budgets tell it apart.</summary>
/// <param name="Workload">Empty: unclassified.</param>
internal sealed record CallLabels(string Workload, ReadOnlyDictionary<string, string> Tags)
{
    public const string WorkloadHeader = "X-KT-Workload";
    public const string TagsHeader = "X-KT-Tags";

    public static CallLabels Of(string workload) => new(workload, ReadOnlyDictionary<string, string>.Empty);

    /// <summary>From what <see cref="TagsToJson"/> gave.</summary>
    public static CallLabels FromStored(string workload, string tags) =>
        new(workload, JsonSerializer.Deserialize<Dictionary<string, string>>(tags)!.AsReadOnly());

    /// <summary>Null when the headers are sound. What they leave out is the key's.</summary>
    public static ApiError? TryRead(IHeaderDictionary headers, Caller caller, out CallLabels labels)
    {
        labels = Of(headers[WorkloadHeader].ToString() is { Length: > 0 } named ? named : caller.Workload);
        if (Validation.Label(WorkloadHeader, labels.Workload) is { } badLabel)
        {
            return ApiError.Malformed(badLabel);
        }

        if (headers[TagsHeader] is not { Count: > 0 } header)
        {
            return null;
        }

        var tags = new Dictionary<string, string>();
        labels = labels with { Tags = tags.AsReadOnly() };
        return ReadTags(header, tags) is { } badTags ? ApiError.Malformed($"{TagsHeader}: {badTags}") : null;
    }

    public string TagsToJson() => JsonSerializer.Serialize(Tags);

    /// <summary>A list of name=value as HTTP writes lists, over several lines if need be; what the form itself needs is percent-encoded, as in W3C Baggage.</summary>
    private static string? ReadTags(StringValues header, Dictionary<string, string> tags)
    {
        foreach (var member in header.SelectMany(line => (line ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)))
        {
            var at = member.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0)
            {
                return $"'{Validation.Shown(member)}' must be name=value. Separate tags by commas, and percent-encode commas within one.";
            }

            var name = Uri.UnescapeDataString(member[..at].TrimEnd());
            if (!tags.TryAdd(name, Uri.UnescapeDataString(member[(at + 1)..].TrimStart())))
            {
                return $"tag '{Validation.Shown(name)}' is there twice.";
            }
        }

        return Validation.Tags(tags);
    }
}
