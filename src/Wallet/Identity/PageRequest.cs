using Platform.Contracts;

namespace Platform.Wallet.Identity;

/// <summary>A page of rows in the order of an id: how many, and after which. The page token is that id.</summary>
internal sealed record PageRequest(int Size, string After)
{
    public const int LargestSize = 1000;

    private const int DefaultSize = 100;

    /// <param name="size">0 for the usual 100.</param>
    /// <param name="token">Empty for the first page.</param>
    public static PageRequest Of(int size, string token)
    {
        Rules.Require(size is >= 0 and <= LargestSize ? null : $"page_size must be 1 to {LargestSize}; it is {size}.");
        Rules.Require(
            token.Length <= 200 && !token.Contains('\0') ? null : "page_token is none that this list gave. Begin again without one.",
            Reasons.PageTokenInvalid);
        return new PageRequest(size == 0 ? DefaultSize : size, token);
    }

    /// <summary>The rows of this page and the token of the next, from one row more than asked for.</summary>
    public (IEnumerable<T> Rows, string NextToken) Cut<T>(List<T> rows, Func<T, string> id) =>
        rows.Count > Size ? (rows.Take(Size), id(rows[Size - 1])) : (rows, "");
}
