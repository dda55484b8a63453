using Microsoft.AspNetCore.Http;
using Platform.Contracts.Identity.V1;
using Platform.Routing.Calls;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Tests.Calls;

public sealed class CallLabelsTests
{
    private static readonly Caller Caller = new("key_1", "Key", Role.Inference, "team_a", "interactive");

    [Theory]
    // The header → the tags, or what is said of it.
    [InlineData("feature=search", "feature=search")]
    [InlineData(" feature = search , customer=acme,, ", "customer=acme feature=search")]
    [InlineData("a=b=c,empty=", "a=b=c empty=")]
    [InlineData("name=M%C3%BCller%2C%20Ann,100%25=yes,rate=5%", "100%=yes name=Müller, Ann rate=5%")]
    [InlineData("kunde=Müller", "kunde=Müller")]
    [InlineData("feature", "'feature' must be name=value")]
    [InlineData("=search", "'=search' must be name=value")]
    [InlineData("a=1,b=2,a=3", "tag 'a' is there twice")]
    [InlineData("%61=1,a=2", "tag 'a' is there twice")]
    [InlineData("a=%00", "must not contain U+0000")]
    public void Tags_are_a_list_of_names_and_values(string header, string expected)
    {
        var error = Read(out var labels, header);
        if (error is null)
        {
            Assert.Equal(expected, string.Join(' ', labels.Tags.OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => $"{tag.Key}={tag.Value}")));
            Assert.Equal(labels.Tags, CallLabels.FromStored("", labels.TagsToJson()).Tags);
            return;
        }

        Assert.Equal((400, "INVALID_ARGUMENT"), (error.Status, error.Code));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tags_of_several_lines_are_one_list_and_bounded_as_a_record_is()
    {
        Assert.Null(Read(out var labels, "a=1", "b=2,c=3"));
        Assert.Equal(["a", "b", "c"], labels.Tags.Keys.Order());
        Assert.Null(Read(out _, string.Join(',', Enumerable.Range(0, 20).Select(i => $"{new string('k', 48)}{i:00}={new string('v', 200)}"))));
        Assert.Contains("at most 20", Read(out _, string.Join(',', Enumerable.Range(0, 21).Select(i => $"t{i}=1")))!.Message, StringComparison.Ordinal);
        Assert.Contains("1 to 50", Read(out _, new string('k', 51) + "=1")!.Message, StringComparison.Ordinal);
        Assert.Contains("0 to 200", Read(out _, "k=" + new string('v', 201))!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Workload_is_the_headers_or_else_the_keys()
    {
        Assert.Null(Read(out var labels));
        Assert.Equal(("interactive", 0), (labels.Workload, labels.Tags.Count));
        var headers = new HeaderDictionary { ["X-KT-Workload"] = "batch" };
        Assert.Null(CallLabels.TryRead(headers, Caller, out labels));
        Assert.Equal("batch", labels.Workload);
        headers["X-KT-Workload"] = "Not A Label";
        Assert.Contains("X-KT-Workload", CallLabels.TryRead(headers, Caller, out _)!.Message, StringComparison.Ordinal);

        // Two, be they the same: to take neither would count the call, without a word, as what the key's are.
        headers["X-KT-Workload"] = new(["batch", "evaluation"]);
        Assert.Contains("'batch,evaluation'", CallLabels.TryRead(headers, Caller, out _)!.Message, StringComparison.Ordinal);
    }

    private static ApiError? Read(out CallLabels labels, params string[] lines) =>
        CallLabels.TryRead(lines.Length == 0 ? new HeaderDictionary() : new HeaderDictionary { ["X-KT-Tags"] = lines }, Caller, out labels);
}
