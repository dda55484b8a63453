namespace Platform.Metering.Queries;

/// <summary>The keys of a row: those of its columns, and its bucket where a calendar unit is asked for.</summary>
internal static class RowKeys
{
    /// <param name="calendar">The calendar unit's place among the groupings; -1 for none.</param>
    public static IEnumerable<string> Of(IReadOnlyCollection<string> keys, int calendar, string bucket) =>
        calendar < 0 ? keys : [.. keys.Take(calendar), bucket, .. keys.Skip(calendar)];

    /// <summary>By the keys in their order; buckets by time, not by how they read.</summary>
    public static int Compare(int leftBucket, string[] left, int rightBucket, string[] right, int calendar)
    {
        for (int position = 0, key = 0; key < left.Length || position == calendar; position++)
        {
            var order = position == calendar ? leftBucket.CompareTo(rightBucket) : CompareCodePoints(left[key], right[key++]);
            if (order != 0)
            {
                return order;
            }
        }

        return 0;
    }

    // As the database compares where it cuts: UTF-16 would have what lies beyond the first plane, such as emoji, before the plane's last characters.
    private static int CompareCodePoints(string left, string right)
    {
        var common = left.AsSpan().CommonPrefixLength(right);
        return common == left.Length || common == right.Length ? left.Length.CompareTo(right.Length) : Place(left[common]).CompareTo(Place(right[common]));

        static int Place(char unit) => char.IsSurrogate(unit) ? unit + char.MaxValue : unit;
    }
}
