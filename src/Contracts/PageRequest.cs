using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Grpc.Core;

namespace Platform.Contracts;

/// <summary>A page of rows: how many, and which place it begins behind. All lists that have pages are asked for them in this way.</summary>
/// <param name="Size">1 to <see cref="LargestSize"/>.</param>
/// <param name="After">The page token: the place of the last row of the page before, as the list writes it; empty for the first page.</param>
public sealed record PageRequest(int Size, string After)
{
    /// <summary>Rows of the largest page.</summary>
    public const int LargestSize = 1_000;

    /// <summary>Rows of a page whose size is not said.</summary>
    public const int UsualSize = 100;

    private const int LongestToken = 600;

    /// <summary>Between a list's name and the number of its row: in no name.</summary>
    private const char Mark = '\n';

    /// <summary>How many rows to read: one more than asked for, which says whether there is a next page.</summary>
    public int Limit => Size + 1;

    /// <summary>Of a list in falling order of a number from 1: what its rows lie below. The largest number there is for the first page.</summary>
    /// <param name="list">Which list it is, as <see cref="Cut{T}(List{T}, string, Func{T, long})"/> is told: the place of another one's row is refused, which would be a place here too.</param>
    /// <exception cref="RpcException">INVALID_ARGUMENT (PAGE_TOKEN_INVALID).</exception>
    public long Below(string list)
    {
        if (After.Length == 0)
        {
            return long.MaxValue;
        }

        var place = Base64Url.IsValid(After) ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(After)) : "";
        return place.StartsWith(list + Mark, StringComparison.Ordinal)
            && long.TryParse(place.AsSpan(list.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var below) && below > 0
            ? below
            : throw InvalidToken();
    }

    /// <summary>Of a list in the order of ids that are UUIDs, or that finds its place by one: the last of the page before. Null for the first page.</summary>
    /// <exception cref="RpcException">INVALID_ARGUMENT (PAGE_TOKEN_INVALID).</exception>
    public Guid? AfterId => After.Length == 0 ? null : Guid.TryParse(After, out var after) ? after : throw InvalidToken();

    /// <param name="size">0 for <see cref="UsualSize"/>.</param>
    /// <param name="token">Empty for the first page.</param>
    /// <param name="name">What the contract calls the size.</param>
    /// <exception cref="RpcException">INVALID_ARGUMENT, also with PAGE_TOKEN_INVALID: the token is none that a list could have given.</exception>
    public static PageRequest Of(int size, string token, string name = "page_size")
    {
        if (size is < 0 or > LargestSize)
        {
            throw RpcErrors.InvalidArgument($"{name} must be 1 to {LargestSize}, or 0 for {UsualSize}; it is {size}.");
        }

        return token.Length <= LongestToken && !token.Contains('\0') ? new PageRequest(size == 0 ? UsualSize : size, token) : throw InvalidToken();
    }

    /// <summary>As <see cref="Of"/>; null where neither is given, which asks lists that had no pages once for all of their rows.</summary>
    /// <exception cref="RpcException">As for <see cref="Of"/>.</exception>
    public static PageRequest? OrWhole(int size, string token) => size == 0 && token.Length == 0 ? null : Of(size, token);

    /// <summary>The refusal of a page token that the list did not give.</summary>
    public static RpcException InvalidToken() =>
        RpcErrors.InvalidArgument("page_token is none that this list gave, or not in this order. Begin again without one.", Reasons.PageTokenInvalid);

    /// <summary>The rows of this page and the token of the next, empty for none, from up to <see cref="Limit"/> rows.</summary>
    /// <param name="place">The place of a row, as this list writes it.</param>
    public (IReadOnlyList<T> Rows, string NextToken) Cut<T>(List<T> rows, Func<T, string> place) =>
        rows.Count > Size ? (rows.GetRange(0, Size), place(rows[Size - 1])) : (rows, "");

    /// <summary>The same of a list that stands by <see cref="Below"/>.</summary>
    /// <param name="list">Which list it is, also by what its numbers are counted in: no other takes its tokens.</param>
    public (IReadOnlyList<T> Rows, string NextToken) Cut<T>(List<T> rows, string list, Func<T, long> number) =>
        Cut(rows, row => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{list}{Mark}{number(row)}"))));

    /// <summary>All rows of a list, page after page: what is made or changed meanwhile may be among them.</summary>
    /// <param name="read">Asks for the page that a token names, and answers its rows and the next token.</param>
    public static async Task<List<T>> ReadAllAsync<T>(Func<string, Task<(IEnumerable<T> Rows, string NextToken)>> read)
    {
        var all = new List<T>();
        var token = "";
        do
        {
            (var rows, token) = await read(token);
            all.AddRange(rows);
        }
        while (token.Length > 0);

        return all;
    }
}
