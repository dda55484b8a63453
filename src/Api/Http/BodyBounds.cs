using Microsoft.AspNetCore.Http.Metadata;

namespace Platform.Api.Http;

/// <summary>What the JSON body of a request may have. Each entry becomes an object many times its bytes, and whether the caller's token is any good is not known yet.</summary>
/// <param name="Entries">Of any one list.</param>
/// <param name="Bytes">Above what a full batch of the longest entries has.</param>
internal sealed record BodyBounds(int Entries, long Bytes) : IRequestSizeLimitMetadata
{
    public const int UsualBytes = 4 * 1024 * 1024;

    /// <summary>No message to a service may be larger.</summary>
    private const int LargestBytes = 16 * 1024 * 1024;

    public static readonly BodyBounds Usual = new(1_000, UsualBytes);

    /// <summary>For up to 1,000 entries with tags.</summary>
    public static readonly BodyBounds Batch = new(1_000, LargestBytes);

    /// <summary>For price lists, and for policies, whose own checks say how long each list may be.</summary>
    public static readonly BodyBounds Document = new(10_000, LargestBytes);

    /// <summary>Of the whole body, in lists and objects at any depth: more than a full batch has with every field given.</summary>
    public int Values => Entries * 60;

    public long? MaxRequestBodySize => Bytes;
}
