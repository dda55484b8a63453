using System.Text.Json.Nodes;
using Platform.Cli.Reconcile.Bills;

namespace Platform.Cli.Tests.Bills;

/// <summary>Whose usage is whose where names differ, and what nothing of the other side has.</summary>
public sealed class AttributionTests
{
    private static readonly Call[] Calls = [Call.On(1, "09:00:00"), Call.On(1, "10:00:00", key: "k2bb"), Call.On(2, "11:00:00", key: "k2bb", model: "beta")];

    [Fact]
    public void Key_that_has_another_name_on_the_bill_is_unattributed_on_both_sides_until_it_is_mapped()
    {
        var pages = new[] { OpenAiBill.Costs(Calls.Select(call => call with { Key = call.Key == "k1aa" ? "key_one" : call.Key })) };
        var unmapped = BillCase.Compare(pages, Calls);
        Assert.Equal(["06-01 k1aa alpha unattributed_in_records", "06-01 k2bb alpha matched", "06-01 key_one alpha unattributed_on_bill", "06-02 k2bb beta matched"], BillCase.Lines(unmapped));
        Assert.Contains("the figures of what our records call 'k1aa'", unmapped.Cells[2].Finding.Evidence[0], StringComparison.Ordinal);
        Assert.Contains("The bill nowhere names key 'k1aa'. All of it has the figures of what the bill calls 'key_one'", unmapped.Cells[0].Finding.Evidence[0], StringComparison.Ordinal);

        var mapped = BillCase.Compare(pages, Calls, new BillMapping(null, new Dictionary<string, string> { ["k1aa"] = "key_one" }, new Dictionary<string, string>()));
        Assert.Equal(0, mapped.ExitCode);
    }

    [Fact]
    public void Several_keys_of_one_project_are_added_up_and_a_tag_comes_before_the_key()
    {
        var ours = Calls.Append(Call.On(2, "12:00:00", key: "k9zz") with { Tag = "beta-team", Project = "proj_b" }).ToArray();
        var pages = new[] { OpenAiBill.Costs(ours, byKey: false), OpenAiBill.Usage(ours, byKey: false) };
        var names = new Dictionary<string, string> { ["k1aa"] = "proj_a", ["k2bb"] = "proj_a", ["beta-team"] = "proj_b" };
        var reconciliation = BillCase.Compare(pages, ours, new BillMapping("project", names, new Dictionary<string, string>()));
        Assert.Equal(["06-01 proj_a alpha matched", "06-02 proj_a beta matched", "06-02 proj_b alpha matched"], BillCase.Lines(reconciliation));
    }

    [Fact]
    public void Bill_by_model_alone_needs_no_names()
    {
        var reconciliation = BillCase.Compare([OpenAiBill.Costs(Calls)], Calls, by: BillBy.Model);
        Assert.Equal(["06-01  alpha matched", "06-02  beta matched"], BillCase.Lines(reconciliation));
        var refusal = Assert.Throws<KtError>(() => BillCase.Compare([OpenAiBill.Costs(Calls, byKey: false)], Calls, by: BillBy.Key));
        Assert.Contains("group_by=api_key_id", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Imported_usage_goes_by_its_files_project_on_a_bill_by_project_and_by_its_key_on_one_by_key()
    {
        Call[] imported = [Call.On(1, "00:00:00", key: "key_abc") with { Funding = "history" }];
        void Project(Call _, JsonObject record) => record["tags"] = new JsonObject { ["import_project"] = "proj_a" };
        Assert.Equal(["06-01 proj_a alpha matched"], BillCase.Lines(BillCase.Compare([OpenAiBill.Costs(imported, byKey: false)], imported, change: Project)));
        Assert.Equal(["06-01 key_abc alpha matched"], BillCase.Lines(BillCase.Compare([OpenAiBill.Costs(imported)], imported, change: Project)));
        Assert.Equal(
            ["06-01 key_abc alpha unattributed_in_records", "06-01 proj_a alpha unattributed_on_bill"],
            BillCase.Lines(BillCase.Compare(
                [OpenAiBill.Costs(imported, byKey: false)], imported.Select(call => call with { Funding = "external", At = call.At.AddHours(9) }), change: Project)));
    }

    [Fact]
    public void Imported_day_begins_at_midnight_and_is_no_call_near_it()
    {
        var day = Call.On(1, "00:00:00") with { Funding = "history" };
        Assert.Equal(["06-01 k1aa alpha unattributed_in_records", "06-01 k2bb alpha matched", "06-02 k2bb beta matched"], Lines(day));
        Assert.Equal(["06-01 k1aa alpha drift day_edge", "06-01 k2bb alpha matched", "06-02 k2bb beta matched"], Lines(day with { Funding = "leased" }));
        Assert.Equal(["06-01 k1aa alpha drift day_edge", "06-01 k2bb alpha matched", "06-02 k2bb beta matched"], Lines(day with { At = day.At.AddSeconds(1) }));

        string[] Lines(Call call) => BillCase.Lines(BillCase.Compare([OpenAiBill.Costs(Calls[1..])], [.. Calls[1..], call]));
    }

    [Fact]
    public void Bill_without_items_is_compared_over_all_models()
    {
        var page = OpenAiBill.Costs(Calls);
        foreach (var bucket in page["data"]!.AsArray())
        {
            foreach (var row in bucket!["results"]!.AsArray().Select((row, index) => (Row: row!, index)).ToList())
            {
                row.Row["line_item"] = null;
                row.Row["api_key_id"] = "key" + row.index;
            }
        }

        Assert.Equal(["06-01   matched", "06-02   matched"], BillCase.Lines(BillCase.Compare([page], Calls, by: BillBy.Model)));
    }

    [Fact]
    public void Model_of_another_name_is_mapped_and_an_item_that_is_no_model_stays_on_the_bill()
    {
        var page = OpenAiBill.Costs(Calls[..1].Select(call => call with { Model = "alpha" }));
        var results = page["data"]![0]!["results"]!.AsArray();
        foreach (var row in results)
        {
            row!["line_item"] = ((string)row["line_item"]!).Replace("alpha-2026-01-15", "alpha-next", StringComparison.Ordinal);
        }

        results.Add(JsonNode.Parse("""{"amount":{"value":0.25,"currency":"usd"},"line_item":"web search tool calls","project_id":"proj_a","api_key_id":"k1aa","quantity":25}"""));
        var mapping = new BillMapping(null, new Dictionary<string, string>(), new Dictionary<string, string> { ["alpha-next"] = "alpha" });
        var reconciliation = BillCase.Compare([page], Calls[..1], mapping);
        Assert.Equal(["06-01 k1aa alpha matched", "06-01 k1aa web search tool calls unattributed_on_bill"], BillCase.Lines(reconciliation));
        Assert.Equal(1, reconciliation.ExitCode);
    }

    [Fact]
    public void Failed_calls_without_usage_need_not_be_on_the_bill_and_refunds_count_on_their_day()
    {
        var failed = Call.On(1, "09:30:00", model: "gamma", input: 0, output: 0) with { Outcome = "failed" };
        var wrong = Call.On(1, "09:40:00", input: 9_000);
        var refund = wrong with { Input = -9_000, Output = -100, Corrects = "record" };
        Assert.Equal(0, BillCase.Compare([OpenAiBill.Costs(Calls), OpenAiBill.Usage(Calls)], [.. Calls, failed, wrong, refund]).ExitCode);
    }
}
