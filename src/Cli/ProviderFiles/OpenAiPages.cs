namespace Platform.Cli.ProviderFiles;

/// <summary>
/// Rows of OpenAI's pages: <c>/v1/organization/usage/completions</c> (and embeddings), whose input_tokens hold what was read from and written to caches, and
/// <c>/v1/organization/costs</c>, whose amounts are units of currency. https://platform.openai.com/docs/api-reference/usage
/// </summary>
internal static class OpenAiPages
{
    public static UsageRow ReadUsage(RowFields bucket, RowFields row)
    {
        var input = row.Count("input_tokens");
        var cached = row.OptionalCount("input_cached_tokens") ?? 0;
        var written = row.OptionalCount("input_cache_write_tokens");
        if (cached + (written ?? 0) > input)
        {
            row.Problem("input_cached_tokens", $"is {cached}, and with what was written to caches more than input_tokens {input}, of which it is a part.");
            (cached, written) = (0, null);
        }

        var tier = row.Text("service_tier");
        var (from, until, batch) = (bucket.UnixTime("start_time"), bucket.UnixTime("end_time"), row.Flag("batch"));
        return new UsageRow(
            row.Place, from, until, row.Text("project_id"), row.Text("api_key_id"), row.Text("user_id"), row.Text("model"),
            batch == true ? "batch" : PriceNames.Tier(tier), "", "",
            new TokenCounts(input - cached - (written ?? 0), cached, written ?? 0, 0, Output(row)), written is not null, row.Count("num_model_requests"))
        {
            Series = (
                $"usage|{row.Text("object")}",
                string.Join('|', row.Text("project_id"), row.Text("api_key_id"), row.Text("user_id"), row.Text("model"), batch, tier)),
        };
    }

    public static CostRow ReadCosts(RowFields bucket, RowFields row)
    {
        var amount = row.Object("amount");
        var currency = amount.Text("currency").ToUpperInvariant();
        if (currency.Length == 0)
        {
            amount.Problem("currency", "is missing.");
        }

        var item = row.Text("line_item");
        var parsed = LineItem.Parse(item);
        var (from, until) = (bucket.UnixTime("start_time"), bucket.UnixTime("end_time"));
        var (project, key) = (row.Text("project_id"), row.Text("api_key_id"));
        // A quantity of what is no tokens (calls, hours, bytes) is of no use here.
        var quantity = parsed.Kind is null ? null : row.OptionalCount("quantity");
        return new CostRow(row.Place, from, until, project, key, item, parsed.Model, parsed.Kind, amount.Decimal("value"), currency, quantity)
        {
            Series = ("costs", string.Join('|', project, key, item)),
        };
    }

    // Embeddings, whose page has the same form, have no output.
    private static long Output(RowFields row) =>
        row.Text("object") == "organization.usage.embeddings.result" ? row.OptionalCount("output_tokens") ?? 0 : row.Count("output_tokens");
}
