using Platform.Cli.Imports;

namespace Platform.Cli.Tests.Imports;

public sealed class CsvUsageTests
{
    [Fact]
    public async Task Usual_names_are_found_and_prompt_tokens_count_the_cached_ones() => Assert.Equal(
        """
        2026-06-01T13:00:00 openai/gpt-4o-mini tier= region= in=900 cached=300 write=0+0 out=5+0 x1 context= proj_a||ada|   0.0012
        line 3: output 'many' is not a whole number of zero or more.
        line 4: Its cached tokens (9 read, 0 written) are more than the input 8, of which they are a part. If they are apart, say --cached-apart.
        line 5: time '01/06/2026' is neither ISO 8601 (2026-06-01T13:00:00Z) nor unix seconds; say its form by --time-format, such as dd.MM.yyyy.
        """,
        await LinesAsync("""
            Timestamp,Provider,Model,prompt_tokens,cached_tokens,completion_tokens,Project ID,user,Cost
            2026-06-01T13:00:00Z,openai,gpt-4o-mini,"1,200",300,5,proj_a,ada,$0.0012
            2026-06-01T13:00:00Z,openai,gpt-4o-mini,1,0,many,proj_a,ada,
            2026-06-01T13:00:00Z,openai,gpt-4o-mini,8,9,1,proj_a,ada,
            01/06/2026,openai,gpt-4o-mini,8,0,1,proj_a,ada,
            """));

    [Fact]
    public async Task Columns_delimiter_times_decimals_and_constants_are_as_said() => Assert.Equal(
        """
        2026-06-01T11:30:00 openai/gpt-4o-mini tier=batch region= in=1234567 cached=7 write=0+0 out=3+0 x10 context=123458 Team; A|||Team; A   12.50
        """,
        await LinesAsync(
            """
            wann;tokens ein;cache;aus;anfragen;wer;kosten
            01.06.2026 13:30;1.234.567;7;3,0;10;"Team; A";12,50
            """,
            ImportFiles.Plain with
            {
                Columns = new Dictionary<string, string>
                {
                    ["time"] = "wann", ["input"] = "Tokens Ein", ["cached_input"] = "cache", ["output"] = "4", ["requests"] = "anfragen", ["team"] = "wer", ["cost"] = "kosten",
                },
                Values = new Dictionary<string, string> { ["provider"] = "openai", ["model"] = "gpt-4o-mini", ["tier"] = "batch" },
                TimeFormat = "dd.MM.yyyy HH:mm", Zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Paris"), DecimalComma = true,
            }));

    [Theory]
    [InlineData("time,provider,model,input,cached,output,Remark", "Columns: time=time, provider=provider, model=model, input=input, output=output. Not read: cached, Remark. --column NAME=HEADER reads one.")]
    [InlineData("time,provider,model,input,cached_tokens,output,user", "Columns: time=time, provider=provider, model=model, input=input, cached_input=cached_tokens, output=output, user=user.")]
    public async Task Columns_that_are_passed_over_are_named_because_tokens_may_be_in_them(string header, string expected)
    {
        List<string> told = [];
        await ImportFiles.ReadAsync(ImportFormats.Csv, header + "\n2026-06-01T13:00:00Z,openai,gpt-4o,1,1,1,2\n", told: told);
        Assert.Equal(expected, told[0]);
    }

    // Usage joined with a table of its users has two columns called id, and the second one's repeat.
    [Theory]
    [InlineData("id,time,provider,model,input,output,id", "", "Columns 1 and 7 are both called id: say which is the id by its number, --column id=NUMBER.")]
    [InlineData("Input Tokens,time,provider,model,x,output,input_tokens", "", "Columns 1 and 7 are both called Input Tokens: say which is the input by its number, --column input=NUMBER.")]
    [InlineData("spent,time,provider,model,input,output,Spent", "spent", "Columns 1 and 7 are both called spent: say which is the cost by its number, --column cost=NUMBER.")]
    [InlineData("spent,time,provider,model,input,output,spent", "7", "")]
    [InlineData("note,time,provider,model,input,output,note", "", "")]
    [InlineData("date,time,provider,model,input,output,total_cost", "", "")]
    public async Task A_column_whose_name_another_has_too_is_taken_by_its_number_only(string header, string cost, string expected)
    {
        var options = cost.Length == 0 ? ImportFiles.Plain : ImportFiles.Plain with { Columns = new Dictionary<string, string> { ["cost"] = cost } };
        var text = header + "\n1,2026-06-01T13:00:00Z,openai,gpt-4o,1,1,2\n";
        if (expected.Length == 0)
        {
            Assert.DoesNotContain("line", await LinesAsync(text, options), StringComparison.Ordinal);
            return;
        }

        var error = await Assert.ThrowsAsync<KtError>(() => LinesAsync(text, options));
        Assert.Equal((ExitCodes.Usage, expected), (error.ExitCode, error.Message));
    }

    [Fact]
    public async Task Counts_that_no_call_can_have_are_of_their_row_alone() => Assert.Equal(
        """
        line 2: input '9000000000000000000' is more than 1,000,000,000,000, the most that a row may have: is its column another's?
        line 3: cached_input '9000000000000000000' is more than 1,000,000,000,000, the most that a row may have: is its column another's?
        2026-06-01T00:00:00 openai/gpt-4o tier= region= in=1000000000000 cached=1000000000000 write=0+0 out=1+0 x1 context= |||
        """,
        await LinesAsync("""
            time,provider,model,input,cached_tokens,output
            2026-06-01,openai,gpt-4o,9000000000000000000,9000000000000000000,1
            2026-06-01,openai,gpt-4o,1,9000000000000000000,1
            2026-06-01,openai,gpt-4o,1000000000000,1000000000000,1
            """));

    [Fact]
    public async Task A_separator_that_parts_no_thousands_is_refused_with_what_to_say() => Assert.Equal(
        """
        line 2: cost '12,50' has a comma that parts no thousands; say --decimal-comma if it begins the decimals.
        line 3: output '1,5' has a comma that parts no thousands; say --decimal-comma if it begins the decimals.
        2026-06-01T00:00:00 openai/gpt-4o tier= region= in=1234567 cached=0 write=0+0 out=2+0 x1 context= |||   1234.50
        line 5: input '1234,567' has a comma that parts no thousands; say --decimal-comma if it begins the decimals.
        """,
        await LinesAsync("""
            time;provider;model;input;output;cost
            2026-06-01;openai;gpt-4o;1;1;12,50
            2026-06-01;openai;gpt-4o;1;1,5;
            2026-06-01;openai;gpt-4o;1,234,567;2;$1,234.5
            2026-06-01;openai;gpt-4o;1234,567;2;
            """));

    [Theory]
    [InlineData("12.000", false, "say --decimal-comma if its point parts thousands")]
    [InlineData("12,000", true, "leave --decimal-comma out if its comma parts thousands")]
    public async Task Count_that_reads_as_twelve_or_as_twelve_thousand_is_refused_with_what_to_say(string count, bool comma, string advice) => Assert.Equal(
        $"line 2: output '{count}' may be a number with three decimals or one of thousands, and a count has no decimals: {advice}.",
        await LinesAsync($"""
            time;provider;model;input;output
            2026-06-01;openai;gpt-4o;1;{count}
            """, ImportFiles.Plain with { DecimalComma = comma }));

    [Fact]
    public async Task A_point_that_parts_no_thousands_is_refused_where_decimals_begin_with_a_comma() => Assert.Equal(
        "line 2: cost '12.50' has a point that parts no thousands; leave --decimal-comma out if it begins the decimals.",
        await LinesAsync("time;provider;model;input;cost\n2026-06-01;openai;gpt-4o;1;12.50\n", ImportFiles.Plain with { DecimalComma = true }));

    [Fact]
    public async Task A_row_of_another_width_or_one_that_takes_others_in_is_refused_by_its_line() => Assert.Equal(
        """
        line 2: there are 7 cells, more than the 6 of the first line; write numbers without separators of thousands, and text with a separator in quotation marks.
        line 3: there are 5 cells, fewer than the 6 of the first line; a blank cell needs its separator too.
        2026-06-01T00:00:00 openai/gpt-4o tier= region= in=1 cached=0 write=0+0 out=2+0 x1 context= |||
        2026-06-01T00:00:00 openai/gpt-4o tier= region= in=1 cached=0 write=0+0 out=3+0 x1 context= |||
        line 7: a quotation mark is not closed, or stands within a cell; put such a cell in quotation marks, and write the mark in it twice.
        """,
        await LinesAsync(
            "time,provider,model,input,output,prompt\n2026-06-01,openai,gpt-4o,1,000,2,\n2026-06-01,openai,gpt-4o,1,2\n2026-06-01,openai,gpt-4o,1,2,\"a\nb\"\n"
            + "2026-06-01,openai,gpt-4o,1,3,a \"b\" c\n2026-06-01,openai,gpt-4o,1,2,\"never closed\n2026-06-01,openai,gpt-4o,1,2,\n"));

    [Theory]
    [InlineData("", "", "\"25", "")]
    [InlineData("", "", "\"25", "\n")]
    [InlineData("", "", "\"25", "\r\n")]
    [InlineData("", "", "\"", "")]
    [InlineData(",prompt", ",", "2,\"a \"\"b\"\" c", "")]
    [InlineData(",prompt", ",", "2,\"a \"\"b\"\" c", "\n")]
    public async Task A_file_that_was_cut_off_within_a_cell_gives_no_part_of_it(string column, string cell, string cut, string end) => Assert.Equal(
        """
        2026-06-01T00:00:00 openai/gpt-4o tier= region= in=1 cached=0 write=0+0 out=2+0 x1 context= |||
        line 3: a quotation mark is not closed, or stands within a cell; put such a cell in quotation marks, and write the mark in it twice.
        """,
        await LinesAsync($"time,provider,model,input,output{column}\n2026-06-01,openai,gpt-4o,1,2{cell}\n2026-06-01,openai,gpt-4o,1,{cut}{end}"));

    [Theory]
    [InlineData("time", "line 2: time 'xxx")]
    [InlineData("output", "line 2: output 'xxx")]
    [InlineData("cost", "line 2: cost 'xxx")]
    public async Task A_cell_of_any_size_is_told_by_its_beginning(string column, string expected)
    {
        var cells = new Dictionary<string, string> { ["time"] = "2026-06-01", ["output"] = "2", ["cost"] = "1", [column] = new('x', 1_000_000) };
        var line = await LinesAsync($"time,provider,model,input,output,cost\n{cells["time"]},openai,gpt-4o,1,{cells["output"]},{cells["cost"]}\n");
        Assert.StartsWith(expected, line, StringComparison.Ordinal);
        Assert.Contains("xxx…' is", line, StringComparison.Ordinal);
        Assert.InRange(line.Length, 100, 300);
    }

    [Theory]
    [InlineData("sep=;\r\n", ";")]
    [InlineData("SEP=,\n", ",")]
    [InlineData("sep=\t\n", "\t")]
    public async Task The_line_that_names_the_delimiter_is_no_row(string first, string delimiter) => Assert.Equal(
        """
        2026-06-01T00:00:00 openai/gpt-4o tier= region= in=10 cached=0 write=0+0 out=2+0 x1 context= |||
        line 4: time 'x' is neither ISO 8601 (2026-06-01T13:00:00Z) nor unix seconds; say its form by --time-format, such as dd.MM.yyyy.
        """,
        await LinesAsync(first + "time;provider;model;input;output\n1780272000;openai;gpt-4o;10;2\nx;openai;gpt-4o;10;2\n".Replace(";", delimiter, StringComparison.Ordinal)));

    [Fact]
    public async Task A_file_without_a_header_goes_by_numbers_and_unix_times() => Assert.Equal(
        """
        2026-06-01T00:00:00 openai/gpt-4o tier= region= in=10 cached=0 write=0+0 out=2+0 x1 context= |||
        2026-06-01T00:00:00.5 openai/gpt-4o tier= region= in=10 cached=0 write=0+0 out=2+0 x1 context= |||
        """,
        await LinesAsync(
            "1780272000\tgpt-4o\t10\t2\n1780272000500\tgpt-4o\t10\t2\n",
            ImportFiles.Plain with
            {
                HasHeader = false, Values = new Dictionary<string, string> { ["provider"] = "openai" },
                Columns = new Dictionary<string, string> { ["time"] = "1", ["model"] = "2", ["input"] = "3", ["output"] = "4" },
            }));

    [Fact]
    public async Task Equal_rows_without_an_id_are_told_apart_and_are_the_same_ones_in_the_next_file()
    {
        const string text = "time,provider,model,input,output\n2026-06-01,openai,gpt-4o,1,1\n2026-06-01,openai,gpt-4o,1,1\n2026-06-01,openai,gpt-4o,2,1\n";
        var keys = await KeysAsync(text);

        Assert.Equal(3, keys.Distinct().Count());
        Assert.Equal(keys, await KeysAsync(text));
        Assert.Equal([keys[2], keys[0]], await KeysAsync("time,provider,model,input,output\n2026-06-01,openai,gpt-4o,2,1\n2026-06-01,openai,gpt-4o,1,1\n"));
    }

    [Fact]
    public async Task An_id_is_the_key_and_an_empty_one_is_refused_by_its_line()
    {
        var items = await ImportFiles.ReadAsync(ImportFormats.Csv, "request_id,time,provider,model,input\nabc,2026-06-01,openai,gpt-4o,1\n,2026-06-01,openai,gpt-4o,1\n");

        Assert.Equal("abc", items[0].Row!.RowKey);
        Assert.Equal(("line 3", "Its id is empty."), (items[1].Place, items[1].Problem));
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("time,model,input\n", "Which column has provider?")]
    [InlineData("time,provider,model\n", "Which column has input and output?")]
    [InlineData("{\"object\":\"page\",\"data\":[{\"start_time\":1}]}\n", "or --value NAME=TEXT for all rows. The file is JSON: is its --format openai-usage, openai-costs, anthropic-usage or litellm?")]
    [InlineData("[1,2]\n", "The file is JSON")]
    [InlineData("[\n{\"model\":1}]\n", "The file is JSON")]
    [InlineData("[ {\"model\":1}]\n", "The file is JSON")]
    [InlineData("[Date],[Input Tokens]\n", "The file has: [Date], [Input Tokens].")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123456789012345678901,b\n", "The file has: 01234567890123456789012345678901234567890123456789012345678901234567890123456789…, b.")]
    [InlineData("a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z,1,2,3,4,5,6\n", "y, z, 1, 2, 3, 4 and 2 more.")]
    public async Task A_file_whose_columns_are_not_known_is_refused_before_anything_is_sent(string text, string message)
    {
        var error = await Assert.ThrowsAsync<KtError>(() => ImportFiles.ReadAsync(ImportFormats.Csv, text));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2026-03-29 02:30", "2026-03-29T01:30:00")]
    [InlineData("2026-10-25 02:30", "2026-10-25T00:30:00")]
    [InlineData("2026-10-25T02:30:00+01:00", "2026-10-25T01:30:00")]
    public async Task Local_times_that_never_were_or_were_twice_are_one_moment(string time, string expected)
    {
        var items = await ImportFiles.ReadAsync(
            ImportFormats.Csv, $"time,provider,model,input\n{time},openai,gpt-4o,1\n", ImportFiles.Plain with { Zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Paris") });
        Assert.StartsWith(expected, ImportFiles.Line(items.Single()), StringComparison.Ordinal);
    }

    private static async Task<string> LinesAsync(string text, CsvUsageOptions? options = null) =>
        string.Join('\n', (await ImportFiles.ReadAsync(ImportFormats.Csv, text, options)).Select(ImportFiles.Line));

    private static async Task<List<string>> KeysAsync(string text) => (await ImportFiles.ReadAsync(ImportFormats.Csv, text)).ConvertAll(item => item.Row!.RowKey);
}
