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
            var order = position == calendar ? leftBucket.CompareTo(rightBucket) : string.CompareOrdinal(left[key], right[key++]);
            if (order != 0)
            {
                return order;
            }
        }

        return 0;
    }
}
